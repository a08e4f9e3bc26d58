using System.Text.Json.Serialization;
using Hoop.Shared.Configuration;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// POST /api/tokens. A person makes a token for its own scripts. It never gives more than the person has at the moment of its use, and it
/// ends with the person. The secret is shown in this answer and never again.
/// </summary>
internal static class CreatePersonalToken
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Authenticated)
        .WithBody("""{ "name": "laptop", "groups": ["developers"], "ttl": "720h" }""")
        .WithName(nameof(CreatePersonalToken));

    /// <param name="Name">Unique among the person's tokens.</param>
    /// <param name="Groups">Some of the person's own; without them, all that it has now.</param>
    /// <param name="Ttl">How long it holds, as Go writes it: <c>24h</c>. Without it 720h; 8760h at most.</param>
    internal sealed record Request(string? Name, string[]? Groups, string? Ttl) : ICommand<Response>
    {
        public AuditEntry Audit(Response value) => new("api_token", AuditAction.Create, value.Id)
        {
            Fields = new AuditFields
            {
                { "name", value.Name },
                { "groups", value.Groups },
                { "expires_at", value.ExpiresAt },
                { "person", value.PersonId },
            },
        };
    }

    /// <param name="Token">Clear text; only its hash is stored.</param>
    internal sealed record Response(
        Guid Id, string Name, string[] Groups, DateTime CreatedAt, DateTime ExpiresAt, [property: JsonIgnore] Guid PersonId, string Token)
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => $"Response {{ Id = {Id} }}";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

        public Validator()
        {
            RuleFor(request => request.Name)
                .NotEmpty().WithMessage("name is required").Malformed()
                .Matches(@"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?\z").WithMessage(
                    "name: use 1 to 64 letters, digits and underscores, with dots and dashes inside");
            RuleFor(request => request.Groups)
                .Must(groups => GroupNames.Problem(groups) is null).WithMessage((_, groups) => $"groups: {GroupNames.Problem(groups)}");
            RuleFor(request => request.Ttl)
                .Must(
                    text => text is null || (GoDuration.TryParse(text, out var ttl) && ttl > TimeSpan.Zero && ttl <= Longest)).WithMessage(
                        "ttl: use a duration such as 30m or 720h, at most 8760h");
        }
    }

    internal sealed class Handler(Db db, ICaller caller, TimeProvider clock) : IRequestHandler<Request, Result<Response>>
    {
        private const int MostOfPerson = 50;

        private static readonly TimeSpan Usual = TimeSpan.FromDays(30);

        private static readonly Error NotAPerson = Error.Denied(
            "personal tokens belong to people who signed in at their identity provider (hoop login), and a token makes no other; an admin makes tokens of the organization with POST /api/api-tokens (hoop admin create token)",
            "not_a_person");

        private static readonly Error TooMany = Error.Invalid(
            $"a person may have {MostOfPerson} tokens and you have as many: delete some (DELETE /api/tokens/ID)", "quota");

        // Two at once are counted one after the other.
        private const string LockSql = """
            SELECT id
            FROM identity.people
            WHERE org_id = @OrgId AND id = @PersonId
            FOR NO KEY UPDATE
            """;

        private const string CountSql = """
            SELECT count(*)
            FROM identity.api_tokens
            WHERE org_id = @OrgId AND person_id = @PersonId AND NOT is_sign_in
            """;

        private const string CreateSql = $"""
            INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups, expires_at, person_id)
            VALUES (@Id, @OrgId, @Name, @Hash, @Groups, @ExpiresAt::timestamptz, @PersonId)
            ON CONFLICT (org_id, name) DO NOTHING
            RETURNING {ApiToken.Columns}
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (caller.Current is not { Kind: CallerKind.User, PersonId: { } person } me)
            {
                return NotAPerson;
            }

            if (request.Groups?.FirstOrDefault(group => !me.Groups.Contains(group, StringComparer.Ordinal)) is { } foreign)
            {
                return Error.Invalid($"groups: you are not in {Hoop.Shared.Text.Printable.Word(foreign)}; a token gives what you have", "groups");
            }

            var organization = db.Of(caller.OrgId);
            if (await organization.Find<Guid?>(LockSql, new { PersonId = person }, cancellationToken) is null)
            {
                return Error.Unauthenticated;
            }

            if (await organization.Find<long>(CountSql, new { PersonId = person }, cancellationToken) >= MostOfPerson)
            {
                return TooMany;
            }

            var token = SecretHash.Generate("hpk_").Reveal();
            var values = new
            {
                Id = RowId.Next(),
                Name = $"{request.Name}#{person}",
                Hash = SecretHash.Of(token),
                Groups = request.Groups ?? [.. me.Groups],
                ExpiresAt = (clock.GetUtcNow() + (GoDuration.TryParse(request.Ttl ?? "", out var ttl) ? ttl : Usual)).UtcDateTime,
                PersonId = person,
            };
            return await organization.Find<ApiToken>(CreateSql, values, cancellationToken) is { } made
                ? new Response(made.Id, made.Name, made.Groups, made.CreatedAt, made.ExpiresAt!.Value, person, token)
                : ApiTokenErrors.NameTaken;
        }
    }
}
