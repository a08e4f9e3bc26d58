using Hoop.Identity.Vault;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Tokens;

/// <summary>
/// POST|PUT /v1/auth/token/renew-self, .../renew and .../renew-accessor. One statement for all: a token has one end, in its row. The answer
/// says what really remains, and when a limit cut it.
/// </summary>
internal static class RenewToken
{
    private static readonly VaultField Increment = VaultField.Seconds("increment", "How long it shall live from now; at first its ttl.");
    public static readonly VaultFields OfSelf = [Increment, VaultField.Text("token", "Not needed: the token of the request.")];
    public static readonly VaultFields OfToken = [Increment, VaultField.Text("token", "The token; that of the request when left out.")];
    public static readonly VaultFields OfAccessor = [Increment, VaultField.Text("accessor", "Of the token.")];

    public static void Map(RouteGroupBuilder tokens)
    {
        tokens.MapVaultWrite("/renew-self", "RenewSelf", Policies.Authenticated, OfSelf, Self)
            .WithBody("""{ "increment": "1h" }""");
        tokens.MapVaultWrite("/renew", "RenewToken", Policies.Admin, OfToken, Token)
            .WithBody($$"""{ "token": "{{BodyExample.SomeToken}}", "increment": "1h" }""");
        tokens.MapVaultWrite("/renew-accessor", "RenewAccessor", Policies.Admin, OfAccessor, Accessor)
            .WithBody($$"""{ "accessor": "{{BodyExample.SomeAccessor}}", "increment": "1h" }""");
    }

    private static Task<VaultAuthAnswer> Self(VaultBody body, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
        Send(body, key: null, TokenKey.Presented(context), sender, cancellationToken);

    private static Task<VaultAuthAnswer> Token(VaultBody body, HttpContext context, ISender sender, CancellationToken cancellationToken)
    {
        var (token, presented) = (body.Text("token"), TokenKey.Presented(context));
        return token.Length == 0 || token == presented
            ? Send(body, key: null, presented, sender, cancellationToken)
            : Send(body, new TokenKey(Self: null, new SecretText(token), Accessor: null), token, sender, cancellationToken);
    }

    private static Task<VaultAuthAnswer> Accessor(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, new TokenKey(Self: null, Token: null, body.Text("accessor")), shown: "", sender, cancellationToken);

    private static async Task<VaultAuthAnswer> Send(
        VaultBody body, TokenKey? key, string? shown, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(key, body.Seconds("increment"));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.Succeeded(out var renewed, out var refused)
            ? new VaultAuthAnswer(
                error: null, renewed.Auth with { ClientToken = shown ?? "" }, [.. renewed.Warnings, .. body.Warnings ?? []])
            : new VaultAuthAnswer(refused, auth: null, warnings: null);
    }

    /// <param name="Key">Null for the credential of the request.</param>
    /// <param name="Increment">Seconds; zero for the token's own ttl.</param>
    internal sealed record Request(TokenKey? Key, int Increment) : ICommand<Renewed>
    {
        public AuditEntry Audit(Renewed value) => new("vault_token", AuditAction.Refresh, value.Id)
        {
            Fields = new AuditFields { { "accessor", value.Auth.Accessor }, { "ttl", value.Auth.LeaseDuration } },
        };
    }

    internal sealed record Renewed(Guid Id, VaultAuth Auth, IReadOnlyList<string> Warnings);

    internal sealed class Handler(Db db, ICaller caller, TokenEntities entities, TokenOptions options)
        : IRequestHandler<Request, Result<Renewed>>
    {
        private const string FindSql = $"""
            SELECT token.id
            FROM identity.tokens AS token
            WHERE token.org_id = @OrgId AND {HeldToken.IsKey}
            """;

        // A period is given again and again; everything else ends a longest time after it was made.
        private const string RenewSql = $"""
            UPDATE identity.tokens AS token
            SET last_renewal = now(),
                expires_at = least(
                  now() + make_interval(secs => {Wanted}),
                  CASE WHEN token.explicit_max_ttl > 0 OR token.period = 0
                    THEN token.created_at + make_interval(secs => least(@MaxTtl, coalesce(nullif(token.explicit_max_ttl, 0), @MaxTtl))) END)
            WHERE token.org_id = @OrgId AND token.id = @Id AND token.renewable AND token.expires_at > now()
            RETURNING {HeldToken.Columns}
            """;

        private const string Wanted =
            "CASE WHEN token.period > 0 THEN token.period WHEN @Increment > 0 THEN @Increment ELSE token.creation_ttl END";

        public async Task<Result<Renewed>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Key is null && caller.Current!.Kind != CallerKind.VaultToken)
            {
                return VaultToken.NotRenewable;
            }

            var key = request.Key ?? new TokenKey(VaultToken.IdOf(caller.Current!), Token: null, Accessor: null);
            if (await db.Of(caller.OrgId).Find<Guid?>(FindSql, key.Values, cancellationToken) is not { } id)
            {
                return key.Accessor is null ? VaultToken.NotToRenew : VaultToken.BadAccessor;
            }

            db.Announce(VaultToken.Topic, ChangeKey.Of(caller.OrgId));
            if (await db.Of(caller.OrgId).Find<HeldToken>(
                RenewSql, new { Id = id, request.Increment, options.MaxTtl }, cancellationToken) is not { } token)
            {
                return VaultToken.NotRenewable;
            }

            var wanted = token.Period > 0 ? token.Period : request.Increment > 0 ? request.Increment : token.CreationTtl;
            var entity = await entities.With(token.EntityId, [], cancellationToken);
            return new Renewed(
                token.Id,
                new VaultAuth(
                    "", token.Accessor, [.. token.Policies.Union(entity.Policies, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    token.Policies, entity.Policies.Count > 0 ? entity.Policies : null, token.MetaPairs, token.Ttl, token.Renewable,
                    token.EntityId?.ToString() ?? "", "service", token.Orphan, MfaRequirement: null, token.NumUses),
                token.Ttl < wanted ? [TokenLife.Capped(wanted, token.Ttl)] : []);
        }
    }
}
