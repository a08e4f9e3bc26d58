using System.Text.Json.Serialization;
using Hoop.Identity.Organizations;
using Hoop.Identity.Tokens;
using Hoop.Shared.Configuration;
using Hoop.Shared.Quotas;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// POST /api/api-tokens. An admin makes a token for groups of its organization; the secret is shown in this answer and never again. What a
/// service account or a workload makes ends with it.
/// </summary>
internal static class CreateApiToken
{
    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "name": "ci", "groups": ["auditor"], "expires_in": "24h" }""")
        .WithName(nameof(CreateApiToken));

    /// <param name="Name">Unique in the organization.</param>
    /// <param name="Groups">None gives a token with the standard role.</param>
    /// <param name="ExpiresIn">A duration from now, as Go writes it: <c>24h</c>. Not together with <paramref name="ExpiresAt"/>.</param>
    /// <param name="ExpiresAt">A time, RFC 3339.</param>
    internal sealed record Request(string? Name, string[]? Groups, string? ExpiresIn, string? ExpiresAt) : ICommand<Response>
    {
        public AuditEntry Audit(Response value) => new("api_token", AuditAction.Create, value.Id)
        {
            Fields = new AuditFields
            {
                { "name", value.Name },
                { "groups", value.Groups },
                { "expires_at", value.ExpiresAt },
            },
        };

        /// <summary>When the token ends, or null when it does not.</summary>
        public DateTimeOffset? End(DateTimeOffset now) =>
            GoDuration.TryParse(ExpiresIn ?? "", out var duration) ? now + duration
            : Rfc3339.TryParse(ExpiresAt, out var time) ? time
            : null;
    }

    /// <param name="Token">Clear text; only its hash is stored.</param>
    internal sealed record Response(
        Guid Id,
        string Name,
        string[] Groups,
        DateTime CreatedAt,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ExpiresAt,
        string Token)
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => $"Response {{ Id = {Id} }}";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator(TimeProvider clock)
        {
            RuleFor(request => request.Name)
                .NotEmpty().WithMessage("name is required").Malformed()
                .Matches(@"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?\z").WithMessage(
                    "name: use 1 to 64 letters, digits and underscores, with dots and dashes inside");
            RuleFor(request => request.Groups)
                .Must(groups => GroupNames.Problem(groups) is null).WithMessage((_, groups) => $"groups: {GroupNames.Problem(groups)}");
            RuleFor(request => request.ExpiresIn)
                .Must(
                    text => text is null || (GoDuration.TryParse(text, out var duration) && duration > TimeSpan.Zero)).WithMessage(
                        "expires_in: use a duration such as 30m or 24h, at most 10 years");
            RuleFor(request => request.ExpiresAt)
                .Must(
                    text => text is null || Rfc3339.TryParse(text, out _)).WithMessage(
                        "expires_at: use a time such as 2030-01-31T12:00:00Z")
                .Must(
                    text => !Rfc3339.TryParse(text, out var time) || time > clock.GetUtcNow()).WithMessage(
                        "expires_at: must lie in the future")
                .Must(
                    (request, text) => text is null || request.ExpiresIn is null).WithMessage(
                        "expires_at: give either expires_at or expires_in");
        }
    }

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota, TokenParents parents, TimeProvider clock)
        : IRequestHandler<Request, Result<Response>>
    {
        // A token that somebody made makes others in the same name, and none that outlives it.
        private const string CreateSql = $"""
            INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups, expires_at, maker_mount, maker_name)
            SELECT @Id, @OrgId, @Name, @Hash, @Groups,
                   least(@ExpiresAt::timestamptz, @OwnerEndsAt::timestamptz, one.expires_at),
                   coalesce(@MakerMount::text, one.maker_mount), coalesce(@MakerName::text, one.maker_name)
            FROM (VALUES (1)) AS row (number)
            LEFT JOIN identity.api_tokens AS one ON one.org_id = @OrgId AND one.id = @MadeWith::uuid AND one.maker_mount IS NOT NULL
            ON CONFLICT (org_id, name) DO NOTHING
            RETURNING {ApiToken.Columns}
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await quota.Refuses(caller.OrgId, IdentityQuotas.ApiTokens, cancellationToken) is { } full)
            {
                return full;
            }

            // Waits for a revocation that is under way, and then asks whether the caller is still let in.
            var me = caller.Current!;
            if (await parents.Of(me, cancellationToken) is not { } parent)
            {
                return Error.Unauthenticated;
            }

            var token = SecretHash.Generate("hpk_").Reveal();
            var maker = me.Kind is CallerKind.ServiceAccount or CallerKind.Agent ? parent.Maker : null;
            var values = new
            {
                Id = RowId.Next(),
                request.Name,
                Hash = SecretHash.Of(token),
                Groups = request.Groups ?? [],
                ExpiresAt = request.End(clock.GetUtcNow())?.UtcDateTime,
                OwnerEndsAt = me.OwnerEndsAt?.UtcDateTime,
                MakerMount = maker?.Mount,
                MakerName = maker?.Name,
                MadeWith = parent.ApiTokenId,
            };
            var created = await db.Of(caller.OrgId).Find<ApiToken>(CreateSql, values, cancellationToken);
            return created is null
                ? ApiTokenErrors.NameTaken
                : new Response(created.Id, created.Name, created.Groups, created.CreatedAt, created.ExpiresAt, token);
        }
    }
}
