using Hoop.Shared.Secrets;

namespace Hoop.Shared.Callers;

/// <summary>
/// Asks about a credential again, for what outlives its request: a session goes on as long as its caller would still be let in. The host
/// that authenticates answers; where nobody does, such a thing lasts until it is ended otherwise.
/// </summary>
public interface IStandingCallers
{
    /// <summary>
    /// The caller as it is now, or why the credential is refused. A refusal that says nothing about the credential
    /// (<see cref="Refusal.IsForNow"/>) must end nothing by itself: ask again, within a bound.
    /// </summary>
    ValueTask<Verdict<Caller>> Admit(SecretText credential, IServiceProvider services, CancellationToken cancellationToken);
}
