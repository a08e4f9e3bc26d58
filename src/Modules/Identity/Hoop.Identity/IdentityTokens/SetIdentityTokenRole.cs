using System.Security.Cryptography;
using Hoop.Identity.AclPolicies;
using Hoop.Identity.ClaimTemplates;
using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.IdentityTokens;

/// <summary>POST|PUT /v1/identity/oidc/role/{name}. Creates or changes a role; what the body leaves out stays.</summary>
internal static class SetIdentityTokenRole
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("name", "The role, of the path."),
        VaultField.Text("key", "The key that signs; needed when the role is new."),
        VaultField.Text("template", "The claims: JSON with directives such as {{identity.entity.name}}, or its base64. Empty for none."),
        VaultField.Text("client_id", "The audience of the tokens; made up when it is left out."),
        VaultField.Seconds("ttl", "How long a token lives, 24h when left out; not longer than the verification_ttl of the key."),
    ];

    public static void Map(RouteGroupBuilder oidc) => oidc
        .MapVaultWrite(
            "/role/{name:vault_name}",
            "SetIdentityTokenRole",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(
                    body.Text("name"),
                    body.Has("key") ? body.Text("key") : null,
                    body.Has("template") ? ClaimTemplate.Decode(body.Text("template")) : null,
                    body.Text("client_id"),
                    body.Has("ttl") ? body.Seconds("ttl") : null);
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(_ => null);
            })
        .WithMetadata(new CreatesOrUpdates(async (context, caller) =>
            await context.RequestServices.GetRequiredService<IdentityTokenRoles>().Find(
                caller.OrgId, context.Request.RouteValues["name"] as string ?? "", context.RequestAborted) is not null))
        .WithBody("""{"key": "default", "client_id": "sts.amazonaws.com", "ttl": "15m", "template": "{\"team\": {{identity.entity.metadata.team}}}"}""")
        .Produces(StatusCodes.Status204NoContent);

    /// <param name="SignsWith">The name of the key. This and what follows: null keeps what is stored.</param>
    internal sealed record Request(string Name, string? SignsWith, string? Template, string ClientId, int? Ttl) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) =>
            new("identity_token_role", value.Created ? AuditAction.Create : AuditAction.Update, Name)
            {
                Fields = new AuditFields
                {
                    { "key", value.Role.KeyName },
                    { "client_id", value.Role.ClientId },
                    { "ttl", value.Role.Ttl },
                },
            };
    }

    internal sealed record Written(bool Created, IdentityTokenRole Role);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            OidcName.Rule(RuleFor(request => request.Name));
            RuleFor(request => request.SignsWith).Must(key => key is not "").WithMessage("the key parameter is required");
            RuleFor(request => request.ClientId).Must(id => id.Length <= 255 && !id.Any(char.IsControl)).WithMessage(
                "client_id: use at most 255 characters, none of them a control character");
            RuleFor(request => request.Ttl).Must(ttl => ttl is not 0).WithMessage("ttl: a token lives for a second at least");
            RuleFor(request => request.Template).Custom((template, context) =>
            {
                _ = ClaimTemplate.Parse(template ?? "", out var problem);
                if (problem is not null)
                {
                    context.AddFailure(problem);
                }
            });
        }
    }

    internal sealed class Handler(
        Db db, ICaller caller, SigningKeys keys, IdentityTokenRoles roles, QuotaCheck quota) : IRequestHandler<Request, Result<Written>>
    {
        private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

        private const int DefaultTtl = 24 * 3600;

        private const string SetSql = """
            INSERT INTO identity.oidc_roles (org_id, name, key_name, template, client_id, ttl)
            VALUES (@OrgId, @Name, @KeyName, @Template, @ClientId, @Ttl)
            ON CONFLICT (org_id, name) DO UPDATE
            SET key_name = excluded.key_name, template = excluded.template, client_id = excluded.client_id, ttl = excluded.ttl,
                updated_at = clock_timestamp()
            """;

        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            await keys.Take(caller.OrgId, cancellationToken);
            var stored = await roles.Find(caller.OrgId, request.Name, cancellationToken);
            if ((request.SignsWith ?? stored?.KeyName) is not { } keyName)
            {
                return Error.Malformed("the key parameter is required");
            }

            if (stored is null && await quota.Refuses(caller.OrgId, IdentityTokenRole.Quota, cancellationToken) is { } full)
            {
                return full;
            }

            if (await keys.FindOrMake(caller.OrgId, keyName, cancellationToken) is not { } key)
            {
                return Error.Malformed($"cannot find key \"{VaultText.Shorten(keyName)}\"");
            }

            var role = new IdentityTokenRole(
                request.Name,
                keyName,
                request.Template ?? stored?.Template ?? "",
                request.ClientId.Length > 0 ? request.ClientId : stored?.ClientId ?? RandomNumberGenerator.GetString(Alphabet, 26),
                request.Ttl ?? stored?.Ttl ?? DefaultTtl);
            if (role.Ttl > key.VerificationTtl)
            {
                return Error.Malformed("a role's token ttl cannot be longer than the verification_ttl of the key it references");
            }

            if (key.Algorithm == KeyMaterial.Edwards && ClaimTemplate.Parse(role.Template, out _) is { NamesSubject: true })
            {
                return KeyErrors.NoSvids(key.Name);
            }

            await db.Of(caller.OrgId).Execute(
                SetSql, new { role.Name, role.KeyName, role.Template, role.ClientId, role.Ttl }, cancellationToken);
            return new Written(stored is null, role);
        }
    }
}
