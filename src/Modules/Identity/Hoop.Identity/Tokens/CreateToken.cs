using Hoop.Identity.AccessRules;
using Hoop.Identity.AclPolicies;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Tokens;

/// <summary>
/// POST|PUT /v1/auth/token/create, .../create-orphan and .../create/{role_name}. Makes a token, the child of whoever asks unless it is an
/// orphan; it is shown in this answer and never again.
/// </summary>
internal static class CreateToken
{
    public static readonly VaultFields Fields = [.. TokenRequest.Fields];

    public static void Map(RouteGroupBuilder tokens)
    {
        tokens.MapVaultWrite("/create", "CreateToken", Policies.Admin, Fields, Any)
            .WithBody("""{ "policies": ["dev"], "ttl": "1h", "display_name": "ci" }""");
        tokens.MapVaultWrite("/create-orphan", "CreateOrphanToken", Policies.Admin, Fields, Orphan)
            .WithBody("""{ "policies": ["dev"], "ttl": "1h" }""");
        tokens.MapVaultWrite("/create/{role_name}", "CreateTokenByRole", Policies.Admin, Fields, ByRole)
            .WithBody("""{ "display_name": "ci", "meta": { "job": "nightly" } }""");
    }

    private static Task<VaultAuthAnswer> Any(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, role: "", isOrphan: false, sender, cancellationToken);

    private static Task<VaultAuthAnswer> Orphan(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, role: "", isOrphan: true, sender, cancellationToken);

    private static Task<VaultAuthAnswer> ByRole(VaultBody body, ISender sender, CancellationToken cancellationToken) =>
        Send(body, body.Text("role_name"), isOrphan: false, sender, cancellationToken);

    // The role is that of the path alone: policies were asked about the path, and a role of the body would be one that nobody asked about.
    private static async Task<VaultAuthAnswer> Send(
        VaultBody body, string role, bool isOrphan, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(role, isOrphan, TokenRequest.Read(body));
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.Succeeded(out var made, out var refused)
            ? new VaultAuthAnswer(error: null, made.Auth, [.. made.Warnings, .. body.Warnings ?? []])
            : new VaultAuthAnswer(refused, auth: null, warnings: null);
    }

    /// <param name="Role">Empty for none.</param>
    /// <param name="IsOrphan">Asked for by the path, which policies can grant.</param>
    internal sealed record Request(string Role, bool IsOrphan, TokenRequest Token) : ICommand<MadeToken>
    {
        public AuditEntry Audit(MadeToken value) => new("vault_token", AuditAction.Create, value.Id)
        {
            Fields = new AuditFields
            {
                { "accessor", value.Auth.Accessor },
                { "policies", value.Auth.TokenPolicies },
                { "orphan", value.Auth.Orphan },
                { "role", Role },
                { "entity_id", value.Auth.EntityId },
                { "ttl", value.Auth.LeaseDuration },
                { "period", value.Life.Period },
                { "explicit_max_ttl", value.Life.ExplicitMaxTtl },
                { "renewable", value.Auth.Renewable },
                { "num_uses", value.Auth.NumUses },
                { "parent_id", value.ParentId },
            },
        };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Token).Custom((token, context) =>
        {
            if (token.Problem is { } problem)
            {
                context.AddFailure(problem);
            }
        });
    }

    internal sealed class Handler(
        ICaller caller, CallerAcl acls, TokenRoles roles, TokenParents parents, TokenEntities entities, TokenMaker maker,
        TokenOptions options, TimeProvider clock) : IRequestHandler<Request, Result<MadeToken>>
    {
        public async Task<Result<MadeToken>> Handle(Request request, CancellationToken cancellationToken)
        {
            var token = request.Token;
            var role = request.Role.Length > 0 ? await roles.Find(caller.OrgId, request.Role, cancellationToken) : null;
            if (request.Role.Length > 0 && role is null)
            {
                return Error.Invalid($"unknown role {request.Role}", "unknown_role");
            }

            if (await parents.Of(caller.Current!, cancellationToken) is not { } parent)
            {
                return VaultToken.ParentRevoked;
            }

            if (parent.NumUses > 0)
            {
                return Error.Invalid("restricted use token cannot generate child tokens", "restricted_use");
            }

            var path = "auth/token/create" + (request.IsOrphan ? "-orphan" : role is null ? "" : $"/{role.Name}");
            var isSudo = (await acls.Of(caller.Current!, cancellationToken)).Ask(path, isList: false).Grants(Capabilities.Sudo);
            if (!isSudo && (token.NoParent || token.Period > 0))
            {
                var kind = token.NoParent ? "orphan" : "periodic";
                return Error.Invalid($"root or sudo privileges required to create {kind} token", "no_sudo");
            }

            if (!TokenPolicies.Of(token, role, parent.Policies, isSudo).Succeeded(out var policies, out var refused))
            {
                return refused;
            }

            var life = TokenLife.Of(token, role, policies.Contains(Acl.Root, StringComparer.Ordinal), options);
            if (life.Ttl == 0 && parent.EndsAt is not null)
            {
                return Error.Invalid("expiring root tokens cannot create non-expiring root tokens", "non_expiring");
            }

            var isOrphan = request.IsOrphan || token.NoParent || role is { Orphan: true };
            if (!isOrphan && caller.Current!.OwnerEndsAt is { } end)
            {
                life = life.EndingAfter(end - clock.GetUtcNow());
            }

            var entity = await entities.Of(token, role, isOrphan ? null : parent.EntityId, cancellationToken);
            var shown = role is { PathSuffix.Length: > 0 } ? $"{path}/{role.PathSuffix}" : path;
            return entity.Succeeded(out var behind, out var noEntity)
                ? await maker.Make(new NewToken(token, role, parent, policies, life, behind, isOrphan, shown), cancellationToken)
                : noEntity;
        }
    }
}
