using Hoop.Identity.AclPolicies;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.Tokens;

/// <summary>POST|PUT /v1/auth/token/roles/{role_name}. Creates or changes a role; what the body leaves out stays.</summary>
internal static class SetTokenRole
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("role_name", "The role, of the path."),
        VaultField.List("allowed_policies", "A token may have these; without any such list, what its maker may give."),
        VaultField.List("allowed_policies_glob", "The same, with a star at an end."),
        VaultField.List("disallowed_policies", "A token may not have these."),
        VaultField.List("disallowed_policies_glob", "The same, with a star at an end."),
        VaultField.List("allowed_entity_aliases", "Aliases that a token may be made for, with a star at an end. None allows none."),
        VaultField.Flag("orphan", "Whether tokens have no parent."),
        VaultField.Flag("renewable", "True when left out."),
        VaultField.Text("path_suffix", "Added to the path that a token shows."),
        VaultField.Seconds("token_explicit_max_ttl", "How long a token lives at most."),
        VaultField.Seconds("explicit_max_ttl", "The old name of token_explicit_max_ttl.") with { OldNameOf = "token_explicit_max_ttl" },
        VaultField.Seconds("token_period", "Each renewal gives so much again."),
        VaultField.Seconds("period", "The old name of token_period.") with { OldNameOf = "token_period" },
        VaultField.Number("token_num_uses", "After so many requests a token is refused."),
        VaultField.Flag("token_no_default_policy", "Leaves the policy default out."),
        VaultField.Text("token_type", "service; batch tokens are not made here."),
        VaultField.List("token_bound_cidrs", "Not served: refused when it is not empty."),
        VaultField.List("bound_cidrs", "The old name of token_bound_cidrs.") with { OldNameOf = "token_bound_cidrs" },
    ];

    public static void Map(RouteGroupBuilder tokens) => tokens
        .MapVaultWrite(
            "/roles/{role_name}",
            "SetTokenRole",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("role_name"), TokenRoleChange.Read(body));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(_ => null);
            })
        .WithBody("""{ "allowed_policies": ["dev"], "token_period": "1h", "token_num_uses": 0 }""")
        .WithMetadata(new CreatesOrUpdates(async (context, caller) =>
            await context.RequestServices.GetRequiredService<TokenRoles>().Find(
                caller.OrgId, context.Request.RouteValues["role_name"] as string ?? "", context.RequestAborted) is not null))
        .Produces(StatusCodes.Status204NoContent);

    internal sealed record Request(string Name, TokenRoleChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new("token_role", value.Created ? AuditAction.Create : AuditAction.Update, Name)
        {
            Fields = new AuditFields
            {
                { "allowed_policies", value.Role.AllowedPolicies },
                { "allowed_policies_glob", value.Role.AllowedPoliciesGlob },
                { "disallowed_policies", value.Role.DisallowedPolicies },
                { "disallowed_policies_glob", value.Role.DisallowedPoliciesGlob },
                { "allowed_entity_aliases", value.Role.AllowedEntityAliases },
                { "orphan", value.Role.Orphan },
                { "renewable", value.Role.Renewable },
                { "period", value.Role.TokenPeriod },
                { "explicit_max_ttl", value.Role.TokenExplicitMaxTtl },
                { "num_uses", value.Role.TokenNumUses },
                { "no_default_policy", value.Role.TokenNoDefaultPolicy },
                { "path_suffix", value.Role.PathSuffix },
            },
        };
    }

    internal sealed record Written(bool Created, TokenRole Role);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Name).Matches(@"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?\z").WithMessage(
                "role_name: use 1 to 128 letters, digits and underscores, with dots and dashes inside");
            RuleFor(request => request.Change).Custom((change, context) =>
            {
                if (change.Problem is { } problem)
                {
                    context.AddFailure(problem);
                }
            });
        }
    }

    internal sealed class Handler(Db db, ICaller caller, TokenRoles roles, QuotaCheck quota) : IRequestHandler<Request, Result<Written>>
    {
        private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended('token role ' || @OrgId::text || @Name, 0))";

        private const string SetSql = """
            INSERT INTO identity.token_roles (org_id, name, settings)
            VALUES (@OrgId, @Name, @Settings::jsonb)
            ON CONFLICT (org_id, name) DO UPDATE
            SET settings = excluded.settings, updated_at = clock_timestamp()
            """;

        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            await db.Of(caller.OrgId).Execute(LockSql, new { request.Name }, cancellationToken);
            var stored = await roles.Find(caller.OrgId, request.Name, cancellationToken);
            if (stored is null && await quota.Refuses(caller.OrgId, VaultToken.RoleQuota, cancellationToken) is { } full)
            {
                return full;
            }

            var role = request.Change.On(stored ?? TokenRole.New(request.Name));
            await db.Of(caller.OrgId).Execute(SetSql, new { request.Name, Settings = role.ToStored() }, cancellationToken);
            return new Written(stored is null, role);
        }
    }
}
