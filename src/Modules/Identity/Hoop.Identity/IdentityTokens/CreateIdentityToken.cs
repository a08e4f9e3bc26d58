using Hoop.Identity.AclPolicies;
using Hoop.Identity.ClaimTemplates;
using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;
using Microsoft.Extensions.Logging;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// GET /v1/identity/oidc/token/{name}. A signed token about the caller's entity, as the role says; shown here and stored nowhere. Tokens
/// of Vault's kind need <c>read</c> on the path; of the gateway's own callers admins have it, and whoever has an entity whose policies give
/// it.
/// </summary>
internal static class CreateIdentityToken
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultRead(
        "/token/{name:vault_name}",
        "CreateIdentityToken",
        Policies.Authenticated,
        async (string name, CallerAcl acls, ICaller caller, ISender sender, CancellationToken cancellationToken) =>
        {
            // Who may not ask leaves no rows, as at every door.
            var path = $"identity/oidc/token/{name}";
            var result = await acls.LetsRead(caller.Current!, path, cancellationToken)
                ? await sender.Send(new Request(name), cancellationToken)
                : Error.Denied($"permission denied: this needs the role admin, or an entity with a policy that grants read on {path}");
            return result.ToVault(made => made.Answer, result.Succeeded(out var made, out _) ? made.Warnings : null);
        });

    internal sealed record Request(string Name) : IAction<Made>
    {
        public AuditEntry Intent => new("identity_token", AuditAction.Use, ResourceId: null)
        {
            Fields = new AuditFields { { "role", Name } },
        };

        public AuditEntry Audit(Made value) => new("identity_token", AuditAction.Use, value.Token.TokenId)
        {
            Fields = new AuditFields(Intent.Fields)
            {
                { "subject", value.Subject },
                { "audience", value.Answer.ClientId },
                { "key_id", value.Token.KeyId },
                { "expires_at", value.Token.ExpiresAt },
            },
        };
    }

    /// <param name="Token">The JWT.</param>
    /// <param name="Ttl">In seconds.</param>
    internal sealed record Response(string ClientId, string Token, int Ttl)
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => $"Response {{ ClientId = {ClientId} }}";
    }

    internal sealed record Made(Contracts.IdentityToken Token, string Subject, Response Answer, IReadOnlyList<string>? Warnings);

    internal sealed class Handler(
        ICaller caller, IdentityTokenRoles roles, Signers signers, EntityTelling entities, IServiceProvider services,
        TimeProvider clock, ILogger<Handler> logger) : IRequestHandler<Request, Result<Made>>
    {
        private static readonly Error NoEntity = Error.Malformed("no entity associated with the request's token", "no_entity");

        public async Task<Result<Made>> Handle(Request request, CancellationToken cancellationToken)
        {
            var me = caller.Current!;
            if (await roles.Find(me.OrgId, request.Name, cancellationToken) is not { } role)
            {
                return Error.Malformed($"role \"{VaultText.Shorten(request.Name)}\" not found", "no_role");
            }

            var found = await signers.Of(me.OrgId, role.KeyName, services, cancellationToken);
            if (found.Value is not { } signer)
            {
                return found.Refusal as Error ?? Error.Malformed($"key \"{role.KeyName}\" not found", "no_key");
            }

            if (!signer.Key.Allows(role.ClientId))
            {
                return Error.Malformed(
                    $"the key \"{role.KeyName}\" does not list the client ID of the role \"{role.Name}\" as an allowed client ID",
                    "client_id");
            }

            var template = ClaimTemplate.Parse(role.Template, out _);
            if (signer.Key.Algorithm == KeyMaterial.Edwards && template is { NamesSubject: true })
            {
                return KeyErrors.NoSvids(role.KeyName);
            }

            if (await entities.Of(me, template, cancellationToken) is not { } entity)
            {
                return NoEntity;
            }

            // Vault issues the token without the claims when they cannot be made, and logs it; here the caller is told as well.
            string? problem = null;
            var claims = template?.Render(entity, clock.GetUtcNow(), out problem);
            string? noSubject = null;
            var named = template?.SubjectOf(claims, out noSubject);
            if (noSubject is not null)
            {
                return Error.Invalid($"the template of the role \"{role.Name}\" gives no SPIFFE ID: {problem ?? noSubject}", "subject");
            }

            if (problem is not null)
            {
                logger.LogWarning("The template of the role {Role} gives no claims: {Problem}", role.Name, problem);
            }

            var subject = named ?? entity.Id.ToString();
            var token = new IdentityClaims(subject, role.ClientId, "root", TimeSpan.FromSeconds(role.Ttl), claims)
                .Sign(signer, clock.GetUtcNow());
            return new Made(
                token,
                subject,
                new Response(role.ClientId, token.Token, Math.Min(role.Ttl, signer.Key.VerificationTtl)),
                problem is null ? null : [$"the token has no claims of the template: {problem}"]);
        }
    }
}
