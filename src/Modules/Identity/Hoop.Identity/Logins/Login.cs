using Hoop.Identity.Tokens;
using Hoop.Identity.Vault;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Logins;

/// <summary>
/// POST|PUT /v1/auth/{mount}/login. A token of the mount's issuer becomes one of the gateway's own, for the entity behind the name that the
/// role takes of it; who is new gets an entity and an alias.
/// </summary>
internal static class Login
{
    private static readonly VaultFields Fields =
    [
        VaultField.Text("mount", "The mount, of the path."),
        VaultField.Text("role", "The role; the mount's default when left out."),
        VaultField.Text("jwt", "The token of the issuer."),
    ];

    public static void Map(RouteGroupBuilder auth) => auth
        .MapVaultLogin("/{mount}/login", nameof(Login), Fields, Answer)
        .WithBody("""{ "role": "ci", "jwt": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwcyJ9.c2ln" }""");

    private static async Task<VaultAuthAnswer> Answer(
        VaultBody body, HttpContext context, ISender sender, CurrentCaller current, CancellationToken cancellationToken)
    {
        var space = context.Request.Headers["X-Vault-Namespace"].ToString().Trim('/') is var name && name == "root" ? "" : name;
        var prove = new ProveLogin.Request(space, body.Text("mount"), body.Text("role"), new SecretText(body.Text("jwt")));
        var proof = body.Error is { } error ? error : await sender.Send(prove, cancellationToken);
        if (!proof.Succeeded(out var proven, out var refused))
        {
            return new VaultAuthAnswer(refused, auth: null, warnings: null);
        }

        // From here on it is who signs in that acts, so the trail says who it was.
        current.ActAs(proven.Caller);
        return (await sender.Send(new Request(proven), cancellationToken)).Succeeded(out var made, out refused)
            ? new VaultAuthAnswer(error: null, made.Token.Auth, [.. made.Token.Warnings, .. body.Warnings ?? []])
            : new VaultAuthAnswer(refused, auth: null, warnings: null);
    }

    internal sealed record Request(ProvenLogin Proven) : ICommand<SignedIn>
    {
        public AuditEntry Audit(SignedIn value) => new("vault_token", AuditAction.Create, value.Token.Id)
        {
            Fields = new AuditFields
            {
                { "accessor", value.Token.Auth.Accessor },
                { "policies", value.Token.Auth.TokenPolicies },
                { "orphan", value.Token.Auth.Orphan },
                { "mount", Proven.Mount.Path },
                { "login_role", Proven.Role.Name },
                { "entity_id", value.Token.Auth.EntityId },
                { "alias_id", value.AliasId },
                { "groups", Proven.Who.Groups },
                { "ttl", value.Token.Auth.LeaseDuration },
                { "period", value.Token.Life.Period },
                { "explicit_max_ttl", value.Token.Life.ExplicitMaxTtl },
                { "renewable", value.Token.Auth.Renewable },
                { "num_uses", value.Token.Auth.NumUses },
            },
        };
    }

    internal sealed record SignedIn(MadeToken Token, Guid AliasId);

    internal sealed class Handler(
        Db db, ICaller caller, LoginMounts mounts, LoginAliases aliases, LoginTokens tokens, LoginRefusals refusals)
        : IRequestHandler<Request, Result<SignedIn>>
    {
        private static readonly Refusal Changed = new("mount", "the mount or the role was changed at this moment");

        public async Task<Result<SignedIn>> Handle(Request request, CancellationToken cancellationToken)
        {
            // Before anything is read again: a mount that is being disabled is waited for, and then there is none.
            await db.Of(caller.OrgId).ShareTokenLock(cancellationToken);
            var (proven, mount) = (request.Proven, await mounts.Find(caller.OrgId, request.Proven.Mount.Path, cancellationToken));
            if (mount is null || mount.ConfigId != proven.Mount.ConfigId || mount.UpdatedAt != proven.Mount.UpdatedAt
                || (await mounts.FindRole(caller.OrgId, mount.Accessor, proven.Role.Name, cancellationToken))?.ToStored()
                    != proven.Role.ToStored())
            {
                return await refusals.Tell(Changed, cancellationToken);
            }

            var found = await aliases.Of(mount, proven.Who, cancellationToken);
            if (!found.Succeeded(out var alias, out var error))
            {
                return error;
            }

            return alias.Accepted
                ? (await tokens.Make(mount, proven.Role, proven.Who, alias.Proven, cancellationToken)).Succeeded(out var made, out error)
                    ? new SignedIn(made, alias.Proven.Id)
                    : error
                : await refusals.Tell(alias.Refusal, cancellationToken);
        }
    }
}
