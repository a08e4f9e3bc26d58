using Hoop.Identity.AclPolicies;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hoop.Identity.Logins;

/// <summary>
/// POST|PUT /v1/auth/{mount}/role/{name}. Creates or changes a role; what the body leaves out stays. Tokens that were given out live as the
/// role says from their next renewal on.
/// </summary>
internal static class SetLoginRole
{
    private const string Example = """
        {
          "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["https://hoop.example.com"],
          "bound_claims": { "repository_owner": "acme" }, "token_policies": ["ci"], "token_ttl": "15m"
        }
        """;

    public static void Map(RouteGroupBuilder auth) => auth
        .MapVaultWrite(
            "/{mount}/role/{name}",
            nameof(SetLoginRole),
            Policies.Admin,
            LoginRoleChange.Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("mount"), AsciiCase.Fold(body.Text("name")), body);
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(_ => null);
            })
        .WithBody(Example)
        .WithMetadata(new CreatesOrUpdates(async (context, caller) =>
            await context.RequestServices.GetRequiredService<LoginMounts>().HasRole(
                caller.OrgId,
                context.Request.RouteValues["mount"] as string ?? "",
                AsciiCase.Fold(context.Request.RouteValues["name"] as string ?? ""),
                context.RequestAborted)))
        .Produces(StatusCodes.Status204NoContent);

    /// <param name="Body">Read when it is known what is stored.</param>
    internal sealed record Request(string Mount, string Name, VaultBody Body) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new("login_role", value.Created ? AuditAction.Create : AuditAction.Update, value.Id)
        {
            Fields = new AuditFields
            {
                { "mount", value.Path },
                { "name", value.Role.Name },
                { "bound_audiences", value.Role.BoundAudiences },
                { "bound_subject", value.Role.BoundSubject },
                { "bound_claims", value.Role.BoundClaims?.Select(claim => $"{claim.Key}={claim.Value.GetRawText()}") },
                { "bound_claims_type", value.Role.BoundClaimsType },
                { "user_claim", value.Role.UserClaim },
                { "groups_claim", value.Role.GroupsClaim },
                { "policies", value.Role.TokenPolicies },
                { "ttl", value.Role.TokenTtl },
                { "max_ttl", value.Role.TokenMaxTtl },
                { "explicit_max_ttl", value.Role.TokenExplicitMaxTtl },
                { "period", value.Role.TokenPeriod },
                { "num_uses", value.Role.TokenNumUses },
                { "no_default_policy", value.Role.TokenNoDefaultPolicy },
            },
        };
    }

    internal sealed record Written(Guid Id, bool Created, string Path, LoginRole Role);

    internal sealed class Handler(Db db, ICaller caller, LoginMounts mounts, QuotaCheck quota)
        : IRequestHandler<Request, Result<Written>>
    {
        private const string LockSql =
            "SELECT pg_advisory_xact_lock(hashtextextended('login role ' || @OrgId::text || @Accessor || ' ' || @Name, 0))";

        private const string SetSql = """
            INSERT INTO identity.login_roles (id, org_id, accessor, name, settings)
            VALUES (@Id, @OrgId, @Accessor, @Name, @Settings::jsonb)
            ON CONFLICT (accessor, name) DO UPDATE
            SET settings = excluded.settings, updated_at = clock_timestamp()
            RETURNING id
            """;

        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            var below = $"role/{request.Name}";
            if (await mounts.Find(caller.OrgId, request.Mount, cancellationToken) is not { } mount)
            {
                return LoginMounts.None(request.Mount, below);
            }

            await db.Of(caller.OrgId).Execute(LockSql, new { mount.Accessor, request.Name }, cancellationToken);
            var stored = await mounts.FindRole(caller.OrgId, mount.Accessor, request.Name, cancellationToken);
            var change = LoginRoleChange.Read(request.Body, stored ?? LoginRole.New(request.Name));
            if (request.Body.Error is { } unread)
            {
                return unread;
            }

            if (change.Problem is { } problem)
            {
                return Error.Invalid(problem, "login_role");
            }

            if (stored is null && await quota.Refuses(caller.OrgId, LoginRole.Quota, cancellationToken) is { } full)
            {
                return full;
            }

            try
            {
                var row = new { Id = RowId.Next(), mount.Accessor, request.Name, Settings = change.Role.ToStored() };
                var id = await db.Of(caller.OrgId).Find<Guid>(SetSql, row, cancellationToken);
                return new Written(id, stored is null, mount.Path, change.Role);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "login_roles_accessor_fkey")
            {
                // Disabled since this request looked for it.
                return LoginMounts.None(request.Mount, below);
            }
        }
    }
}
