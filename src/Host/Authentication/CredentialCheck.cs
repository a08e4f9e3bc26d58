using Hoop.Shared.Callers;
using Hoop.Shared.Results;

namespace Hoop.Host.Authentication;

/// <summary>Presents the credential of the request once more, to every door that the request has passed.</summary>
internal sealed class CredentialCheck(IHttpContextAccessor http, IServiceProvider services, SignInLog signIns) : ICredentialCheck
{
    private static readonly Error Forbidden = Error.Denied("permission denied");

    public async Task<bool> Holds(CancellationToken cancellationToken)
    {
        if (http.HttpContext?.User.Identity is not CallerIdentity { Credential: { } credential, Caller: var before })
        {
            // Not of a request: whoever acts here was never asked for a credential.
            return true;
        }

        var verdict = await KnownCallers.AdmitAnew(credential.Reveal(), services, cancellationToken);
        return verdict.Refusal is { IsForNow: true } notNow
            ? throw new BodyRefused(SignInErrors.NotNow(notNow))
            : verdict.Accepted && verdict.Proven.Alias == before.Alias && verdict.Proven.Role == before.Role;
    }

    /// <summary>What a request that was held back is refused for; null when all that let it in still does.</summary>
    public async Task<Error?> Ask(HttpContext context)
    {
        if (context.User.Identity is not CallerIdentity { Credential: { } credential, Caller: var before })
        {
            return null;
        }

        var verdict = await KnownCallers.AdmitAnew(credential.Reveal(), services, context.RequestAborted);
        if (verdict.Refusal is { IsForNow: true } notNow)
        {
            return SignInErrors.NotNow(notNow);
        }

        if (!verdict.Accepted || verdict.Proven.Alias != before.Alias)
        {
            signIns.Refused(context, verdict.Refusal ?? new Refusal("changed", "the credential leads to somebody else now"));
            return Error.Unauthenticated;
        }

        // The operator may have chosen another organization than its own.
        context.User = new(new CallerIdentity(verdict.Proven with { OrgId = before.OrgId }, credential));
        return await Policies.LetIn(context, CallerIdentity.Of(context.User)) ? null : Forbidden;
    }
}
