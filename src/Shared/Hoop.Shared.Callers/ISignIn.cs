namespace Hoop.Shared.Callers;

/// <summary>
/// A question about a credential, asked before anybody is known. Strangers decide how often, so its statements end soon
/// (<see cref="StatementSeconds"/>): a slow database must not make their requests pile up.
/// </summary>
public interface ISignIn
{
    /// <summary>How long one statement of it may take.</summary>
    public const int StatementSeconds = 3;
}
