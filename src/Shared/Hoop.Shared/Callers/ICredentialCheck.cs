namespace Hoop.Shared.Callers;

/// <summary>
/// Asks about the credential of this request once more: it may have been revoked since the request began, and what a request leaves behind
/// must not outlive that. A host without it trusts the answer that it gave at the beginning.
/// </summary>
public interface ICredentialCheck
{
    /// <summary>
    /// Past all memory, in the transaction of whoever asks; false also when it lets somebody in with another role than at the beginning.
    /// </summary>
    Task<bool> Holds(CancellationToken cancellationToken);
}
