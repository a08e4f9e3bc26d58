using Hoop.Identity.Vault;
using Hoop.Shared.Sources;

namespace Hoop.Identity.Logins;

/// <summary>
/// POST|PUT /v1/auth/{mount}/config. How the mount verifies tokens, replaced as a whole. The keys are fetched in the background; tokens
/// that were given out stay.
/// </summary>
internal static class SetLoginConfig
{
    public static void Map(RouteGroupBuilder auth) => auth
        .MapVaultWrite(
            "/{mount}/config",
            nameof(SetLoginConfig),
            Policies.Admin,
            LoginConfigChange.Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("mount"), LoginConfigChange.Read(body));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(_ => null);
            })
        .WithBody("""{ "oidc_discovery_url": "https://token.actions.githubusercontent.com", "default_role": "ci" }""");

    internal sealed record Request(string Mount, LoginConfigChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new("login_config", AuditAction.Update, value.Accessor)
        {
            Fields = new AuditFields
            {
                { "mount", value.Path },
                { "oidc_discovery_url", Change.Config.OidcDiscoveryUrl },
                { "jwks_url", Change.Config.JwksUrl },
                { "public_keys", Change.Config.JwtValidationPubkeys.Length },
                { "own_authorities", (Change.Config.OidcDiscoveryCaPem + Change.Config.JwksCaPem).Length > 0 },
                { "algorithms", Change.Config.JwtSupportedAlgs },
                { "bound_issuer", Change.Config.BoundIssuer },
                { "default_role", Change.Config.DefaultRole },
            },
        };
    }

    internal sealed record Written(string Accessor, string Path);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator(IssuerOutbound outbound) => RuleFor(request => request.Change).Custom((change, context) =>
        {
            if (change.Problem(outbound.Options) is { } problem)
            {
                context.AddFailure(problem);
            }
        });
    }

    internal sealed class Handler(Db db, ICaller caller, LoginMounts mounts) : IRequestHandler<Request, Result<Written>>
    {
        private static readonly Error NothingToSet = Error.Malformed(
            "a mount of type spiffe has no settings: the organization's trust domains say whose SVIDs are good", "no_config");

        // The mount may go meanwhile, and its settings with it.
        private const string SetSql = """
            INSERT INTO identity.login_configs (id, org_id, accessor, settings)
            SELECT @Id, mount.org_id, mount.accessor, @Settings::jsonb
            FROM identity.mounts AS mount
            WHERE mount.org_id = @OrgId AND mount.accessor = @Accessor
            FOR KEY SHARE
            ON CONFLICT (accessor) DO UPDATE
            SET settings = excluded.settings, updated_at = clock_timestamp()
            """;

        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await mounts.Find(caller.OrgId, request.Mount, cancellationToken) is not { } mount)
            {
                return LoginMounts.None(request.Mount, "config");
            }

            if (mount.IsSpiffe)
            {
                return NothingToSet;
            }

            db.Announce(LoginConfig.Topic, mount.Accessor);
            var row = new { Id = RowId.Next(), mount.Accessor, Settings = request.Change.Config.ToStored() };
            return await db.Of(caller.OrgId).Execute(SetSql, row, cancellationToken) == 0
                ? LoginMounts.None(request.Mount, "config")
                : new Written(mount.Accessor, mount.Path);
        }
    }
}
