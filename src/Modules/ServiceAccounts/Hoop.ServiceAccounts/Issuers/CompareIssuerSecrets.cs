using System.Text.Json.Serialization;
using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// POST /api/issuers/{id}/secrets/compare. Which of the secrets that the caller has are not the stored ones. Nothing that follows from a
/// stored one is answered, because a weak one could be guessed from it; and guessing here is slow, and stands in the trail.
/// </summary>
internal static class CompareIssuerSecrets
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapPost("/{id:uuid}/secrets/compare", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "introspection_secret": "what the file has", "jwks_token": "what-the-other-file-has" }""");

    /// <param name="IntrospectionSecret">Of the client that asks about opaque tokens; empty: there shall be none.</param>
    /// <param name="JwksToken">With which the key set is fetched; empty: there shall be none.</param>
    internal sealed record Request(SecretText? IntrospectionSecret = null, SecretText? JwksToken = null) : IAction<Response>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        /// <summary>As the members are called.</summary>
        [JsonIgnore]
        public IReadOnlyList<(string Name, SecretText Given)> Secrets =>
        [
            .. new[] { (Name: "introspection_secret", Given: IntrospectionSecret), (Name: "jwks_token", Given: JwksToken) }
                .Where(secret => secret.Given is not null).Select(secret => (secret.Name, secret.Given!)),
        ];

        [JsonIgnore]
        public AuditEntry Intent => new("issuer", AuditAction.Test, Id)
        {
            Fields = new AuditFields { { "compared", Secrets.Select(secret => secret.Name) } },
        };

        public AuditEntry Audit(Response value) => Intent with
        {
            Fields = new AuditFields(Intent.Fields) { { "differs", value.Differs } },
        };
    }

    /// <param name="Differs">The names of those that are other ones than the stored, or not stored at all.</param>
    internal sealed record Response(IReadOnlyList<string> Differs);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.IntrospectionSecret).Must((request, _) => request.Secrets.Count > 0)
                .WithMessage("introspection_secret or jwks_token is required: what to compare").Malformed();
            RuleFor(request => request.IntrospectionSecret).Must(IsShort)
                .WithMessage($"introspection_secret: at most {IssuerSecrets.MaxLength} characters");
            RuleFor(request => request.JwksToken).Must(IsShort)
                .WithMessage($"jwks_token: at most {IssuerSecrets.MaxLength} characters");
        }

        private static bool IsShort(SecretText? secret) => secret is null || secret.RevealSpan().Length <= IssuerSecrets.MaxLength;
    }

    internal sealed class Handler(IssuerFinder finder, SealingKeys keys, SecretGuesses guesses)
        : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (finder.Configured?.Id == request.Id)
            {
                return IssuerErrors.ReadOnly;
            }

            if (await finder.Find(request.Id, cancellationToken) is not { } row)
            {
                return IssuerErrors.NotFound;
            }

            if (guesses.Refuses(row.Id) is { } tooMany)
            {
                return tooMany;
            }

            if (!IssuerSecrets.Open(keys, row).Succeeded(out var held, out var error))
            {
                return error;
            }

            string[] differs =
            [
                .. request.Secrets.Where(secret => !IsSame(held, secret.Name, secret.Given)).Select(secret => secret.Name),
            ];
            if (differs.Length == 0)
            {
                guesses.WasRight(row.Id);
            }

            return new Response(differs);
        }

        private static bool IsSame(IssuerSecrets held, string name, SecretText given)
        {
            var stored = name == "jwks_token" ? held.JwksToken : held.Introspection;
            return stored is null ? given.IsEmpty : SecretHash.Matches(SecretHash.Of(stored.Reveal()), given.Reveal());
        }
    }
}

/// <summary>
/// How often somebody may be wrong about the secrets of one issuer. Who is right pays nothing: a plan of many issuers is free.
/// </summary>
internal sealed class SecretGuesses(TimeProvider clock)
{
    public const int MostInAMinute = 10;

    private readonly MinuteRate<Guid> _wrong = new(MostInAMinute, clock);

    /// <summary>Counts a guess as a wrong one until <see cref="WasRight"/>; null while it may be made.</summary>
    public Error? Refuses(Guid issuer) => _wrong.Take(issuer) is { } wait
        ? Error.TooMany(
            $"the secrets of this issuer were compared with wrong ones {MostInAMinute} times in a minute; wait a little, or set them",
            wait,
            "too_many_comparisons")
        : null;

    public void WasRight(Guid issuer) => _wrong.Return(issuer);
}
