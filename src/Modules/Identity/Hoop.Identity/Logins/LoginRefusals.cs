using Hoop.Identity.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Logins;

/// <summary>A refused sign-in at a mount: the operator's log and trail learn why, and the caller only that it is so.</summary>
internal sealed class LoginRefusals(SignInLog log, IPublisher publisher, IHttpContextAccessor http)
{
    // The same for a bad token, an unknown role or mount, claims that do not fit, and whoever is disabled.
    private static readonly Error NotAccepted = Error.Malformed(
        "error validating token: it was not accepted; the gateway's log says why", "login_refused");

    public async Task<Error> Tell(Refusal refusal, CancellationToken cancellationToken)
    {
        if (http.HttpContext is { } context)
        {
            log.Refused(context, refusal);
            await publisher.Publish(
                new SignInRefused(RequestOrigin.AddressOf(context) ?? "unknown", "login", refusal.Code), cancellationToken);
        }

        return refusal.IsForNow ? SignInErrors.NotNow(refusal) : NotAccepted;
    }
}
