using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Callers;

/// <summary>
/// A request whose caller decides how long after its headers the rest comes, and that is not read by the host's own reader of bodies: a
/// WebSocket's first message, the lines of an import.
/// </summary>
public static class HeldRequest
{
    /// <summary>
    /// Null when its caller would still be let in as the same one, with the same role; else what to answer. Memory answers this for nothing
    /// while nothing has changed. A host that asks nobody again trusts the answer that it gave at the beginning.
    /// </summary>
    public static async ValueTask<Error?> NotAdmitted(HttpContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.RequestServices.GetService<IStandingCallers>() is not { } callers)
        {
            return null;
        }

        if (context.User.Identity is not CallerIdentity { Credential: { } credential, Caller: { } caller })
        {
            return Error.Unauthenticated;
        }

        var now = await callers.Admit(credential, context.RequestServices, cancellationToken);
        if (now.Refusal is { IsForNow: true } notNow)
        {
            return SignInErrors.NotNow(notNow);
        }

        if (now.Proven is { } same && same.Alias == caller.Alias && same.Role == caller.Role)
        {
            return null;
        }

        context.RequestServices.GetService<SignInLog>()?.Refused(
            context, now.Refusal ?? new Refusal("changed", "the credential leads to somebody else now, or to another role"));
        return Error.Unauthenticated;
    }
}
