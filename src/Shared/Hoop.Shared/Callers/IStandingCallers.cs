using Hoop.Shared.Secrets;

namespace Hoop.Shared.Callers;

/// <summary>
/// Asks about a credential again, for what outlives its request: a session goes on as long as its caller would still be let in. The host
/// that authenticates answers; where nobody does, such a thing lasts until it is ended otherwise.
/// </summary>
public interface IStandingCallers
{
    /// <summary>The caller as it is now; null when the credential is refused.</summary>
    ValueTask<Caller?> Admit(SecretText credential, IServiceProvider services, CancellationToken cancellationToken);
}
