using Hoop.Identity.Contracts;
using Hoop.Identity.Vault;
using Hoop.Shared;
using Hoop.Shared.Secrets;
using Hoop.Shared.Text;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Logins;

/// <summary>Somebody as a mount's token and a role say.</summary>
internal sealed record ProvenLogin(Guid OrgId, LoginMount Mount, LoginRole Role, LoginClaims Who)
{
    public Caller Caller => new(
        OrgId, CallerKind.VaultToken, new Alias(Mount.SignIn, Who.Name), Who.Name, [], Hoop.Shared.Callers.Role.Standard);
}

/// <summary>
/// The first half of a sign-in at a mount: is the token good, and does the role take it? It writes nothing. A role that is not there costs
/// as much as one that is. Whatever is refused counts as a bad credential of its address, also a good token that no role takes: some
/// issuers give tokens to anybody.
/// </summary>
internal static class ProveLogin
{
    /// <param name="Namespace">Of the request; empty for the organization "default".</param>
    /// <param name="Role">Empty for the mount's default.</param>
    internal sealed record Request(string Namespace, string Mount, string Role, SecretText Jwt) : IQuery<ProvenLogin>, IAnonymous, ISignIn
    {
        public static string Reason => "signing in is what makes a caller known";
    }

    internal sealed class Handler(
        ISender sender,
        LoginMounts mounts,
        LoginVerifier verifier,
        LoginRefusals refusals,
        BadTokens bad,
        IHttpContextAccessor http,
        TimeProvider clock)
        : IRequestHandler<Request, Result<ProvenLogin>>
    {
        private static readonly Error NoConfig = Error.Malformed("could not load configuration", "no_config");
        private static readonly Error NoRole = Error.Malformed("missing role", "no_role");
        private static readonly Error NoToken = Error.Malformed("missing token", "no_token");

        public Task<Result<ProvenLogin>> Handle(Request request, CancellationToken cancellationToken) => bad.Check<Result<ProvenLogin>>(
            http.HttpContext?.Connection.RemoteIpAddress,
            async cancel =>
            {
                var proof = await Prove(request, cancel);
                return (proof, !proof.Succeeded(out _, out var error) && error.Kind is not ErrorKind.Unavailable);
            },
            async tooMany => await refusals.Tell(tooMany, cancellationToken),
            cancellationToken).AsTask();

        private async Task<Result<ProvenLogin>> Prove(Request request, CancellationToken cancellationToken)
        {
            var organization = request.Namespace.Length == 0
                ? DefaultOrganization.Id
                : (await sender.Send(new FindOrganization(request.Namespace), cancellationToken))?.Id;
            if (organization is not { } orgId || await mounts.Find(orgId, request.Mount, cancellationToken) is not { } mount)
            {
                return await refusals.Tell(new Refusal("mount", "there is no such mount, or no such organization"), cancellationToken);
            }

            if (mount is { IsSpiffe: false, Config: null })
            {
                return NoConfig;
            }

            var name = AsciiCase.Fold(request.Role.Length > 0 ? request.Role : mount.Config?.DefaultRole ?? "");
            if (name.Length == 0 || request.Jwt.IsEmpty)
            {
                return name.Length == 0 ? NoRole : NoToken;
            }

            var role = LoginRole.NameProblem(name, "role") is null
                ? await mounts.FindRole(orgId, mount.Accessor, name, cancellationToken)
                : null;
            var verdict = await verifier.Verify(orgId, mount, request.Jwt.Reveal(), cancellationToken);
            if (!verdict.Accepted)
            {
                return await Refused(verdict.Refusal, mount, cancellationToken);
            }

            if (role is null)
            {
                return await Refused(
                    new Refusal("role", $"role \"{Printable.Word(name)}\" could not be found"), mount, cancellationToken);
            }

            var who = LoginClaims.Of(verdict.Proven, role, clock.GetUtcNow());
            return who.Accepted
                ? new ProvenLogin(orgId, mount, role, who.Proven)
                : await Refused(who.Refusal with { Reason = $"role {role.Name}: {who.Refusal.Reason}" }, mount, cancellationToken);
        }

        private Task<Error> Refused(Refusal refusal, LoginMount mount, CancellationToken cancellationToken) =>
            refusals.Tell(refusal with { Reason = $"auth/{mount.Path}: {refusal.Reason}" }, cancellationToken);
    }
}
