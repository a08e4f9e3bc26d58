using Hoop.Identity.Mounts;
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
            SELECT token.id, token.login_role, (role.settings->>'token_ttl')::integer AS role_ttl,
                   (role.settings->>'token_max_ttl')::integer AS role_max_ttl, (role.settings->>'token_period')::integer AS role_period,
                   mount.config::text AS tuning
            FROM identity.tokens AS token
            LEFT JOIN identity.mounts AS mount ON mount.org_id = @OrgId AND mount.accessor = token.login_accessor
            LEFT JOIN identity.login_roles AS role ON role.org_id = @OrgId
              AND role.accessor = token.login_accessor AND role.name = token.login_role
            WHERE token.org_id = @OrgId AND {HeldToken.IsKey}
            """;

        // A period is given again and again; everything else ends a longest time after it was made. What a sign-in made lives as its role
        // and its mount say now.
        private const string RenewSql = $"""
            UPDATE identity.tokens AS token
            SET last_renewal = now(),
                period = {Period},
                max_ttl = coalesce(@RoleMaxTtl::integer, token.max_ttl),
                expires_at = least(
                  now() + make_interval(secs => {Wanted}),
                  CASE WHEN token.explicit_max_ttl > 0 OR {Period} = 0
                    THEN token.created_at + make_interval(secs => least(
                      @MaxTtl, nullif(token.explicit_max_ttl, 0),
                      CASE WHEN {Period} = 0 THEN nullif(coalesce(@RoleMaxTtl::integer, token.max_ttl), 0) END)) END)
            WHERE token.org_id = @OrgId AND token.id = @Id AND token.renewable AND token.expires_at > now()
            RETURNING {HeldToken.Columns}
            """;

        private const string Period = "coalesce(@RolePeriod::integer, token.period)";

        private const string Wanted =
            $"coalesce(nullif({Period}, 0), nullif(@Increment, 0), nullif(@RoleTtl::integer, 0), token.creation_ttl)";

        public async Task<Result<Renewed>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Key is null && caller.Current!.Kind != CallerKind.VaultToken)
            {
                return VaultToken.NotRenewable;
            }

            var key = request.Key ?? new TokenKey(VaultToken.IdOf(caller.Current!), Token: null, Accessor: null);
            if (await db.Of(caller.OrgId).Find<Row>(FindSql, key.Values, cancellationToken) is not { } row)
            {
                return key.Accessor is null ? VaultToken.NotToRenew : VaultToken.BadAccessor;
            }

            db.Announce(VaultToken.Topic, ChangeKey.Of(caller.OrgId));
            if (row is { LoginRole: not null, RoleTtl: null })
            {
                return Error.Invalid($"role {row.LoginRole} does not exist during renewal", "no_role");
            }

            var most = MountConfig.MostOf(row.Tuning, options.MaxTtl);
            int? period = row.RolePeriod is { } ofRole ? Math.Min(ofRole, most) : null;
            if (await db.Of(caller.OrgId).Find<HeldToken>(
                RenewSql,
                new { row.Id, request.Increment, MaxTtl = most, row.RoleTtl, row.RoleMaxTtl, RolePeriod = period },
                cancellationToken) is not { } token)
            {
                return VaultToken.NotRenewable;
            }

            var wanted = token.Period > 0 ? token.Period : request.Increment > 0 ? request.Increment
                : row.RoleTtl is > 0 and var usual ? usual : token.CreationTtl;
            var entity = await entities.With(token.EntityId, [], cancellationToken);
            return new Renewed(
                token.Id,
                new VaultAuth(
                    "", token.Accessor, [.. token.Policies.Union(entity.Policies, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    token.Policies, entity.Policies.Count > 0 ? entity.Policies : null, token.MetaPairs, token.Ttl, token.Renewable,
                    token.EntityId?.ToString() ?? "", "service", token.Orphan, MfaRequirement: null, token.NumUses),
                token.Ttl < wanted ? [TokenLife.Capped(wanted, token.Ttl)] : []);
        }

        private sealed record Row(Guid Id, string? LoginRole, int? RoleTtl, int? RoleMaxTtl, int? RolePeriod, string? Tuning);
    }
}
