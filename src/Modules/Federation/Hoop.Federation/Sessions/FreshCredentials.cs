using Hoop.Federation.Contracts;
using Hoop.Federation.OpenSessions;
using Hoop.Spiffe.Contracts;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Sessions;

/// <summary>
/// A session's credentials again, before they end: asked for as at its beginning, with the same rows in the trail. A session whose user
/// may have none any more, or would be somebody else with them, ends.
/// </summary>
/// <param name="use">Asks for what the session may use now.</param>
/// <param name="note">Writes the new end into the session's row; false when somebody has ended it.</param>
internal sealed class FreshCredentials(
    LiveSession session, SessionEnvironment first, Func<CancellationToken, Task<Result<SessionEnvironment>>> use,
    Func<FederatedSession, CancellationToken, Task<bool>> note, TimeProvider clock, ILogger logger) : IAgentFiles
{
    /// <summary>Before the end; later than what is kept warm stops being given out, so that the answer is a new one.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private FederatedSession _held = first.Federated!;

    /// <summary>Null for a session without credentials that can be renewed.</summary>
    public static FreshCredentials? Of(
        LiveSession session, SessionEnvironment first, Func<CancellationToken, Task<Result<SessionEnvironment>>> use,
        Func<FederatedSession, CancellationToken, Task<bool>> note, TimeProvider clock, ILogger logger) =>
        first is { Federated: not null, RenewedFiles.Count: > 0 } ? new(session, first, use, note, clock, logger) : null;

    public async Task<IReadOnlyDictionary<string, string>?> Next(CancellationToken cancellationToken)
    {
        var pause = WaitFrom(_held.ExpiresAt - clock.GetUtcNow());
        while (true)
        {
            await Task.Delay(pause, clock, cancellationToken);
            var (fresh, goesOn) = await Ask(cancellationToken);
            if (fresh is not null || !goesOn)
            {
                return fresh;
            }

            var left = _held.ExpiresAt - clock.GetUtcNow();
            pause = WaitFrom(left) < Longest && left > Shortest ? WaitFrom(left) : Longest;
        }
    }

    /// <summary>A little after <see cref="Lead"/>, or half of a short life.</summary>
    public static TimeSpan WaitFrom(TimeSpan left)
    {
        var wait = left > 2 * Lead ? left - (Lead * Random.Shared.NextDouble() / 8) - (Lead * 7 / 8) : left / 2;
        return wait > Shortest ? wait : Shortest;
    }

    private async Task<(IReadOnlyDictionary<string, string>? Fresh, bool GoesOn)> Ask(CancellationToken cancellationToken)
    {
        try
        {
            if (!(await use(cancellationToken)).Succeeded(out var environment, out var error))
            {
                return error.Kind is ErrorKind.Unavailable or ErrorKind.TooMany ? Later(error.Message) : Refuse(error.Message);
            }

            if (environment.Federated is not { } now || now.Principal != _held.Principal || now.Provider != _held.Provider)
            {
                return Refuse("the connection's policy now leads to other credentials; open a new session");
            }

            if (now.ExpiresAt <= _held.ExpiresAt)
            {
                return (null, GoesOn: true);
            }

            _held = now;
            return (await note(now, cancellationToken) ? environment.RenewedFiles : null, GoesOn: false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Later(exception.Message);
        }
    }

    private (IReadOnlyDictionary<string, string>?, bool) Later(string reason)
    {
        logger.LogWarning("The session {Session} has no fresh credentials yet: {Reason}", session.Id, reason);
        return (null, true);
    }

    private (IReadOnlyDictionary<string, string>?, bool) Refuse(string reason)
    {
        logger.LogInformation("Ending the session {Session}, which gets no fresh credentials: {Reason}", session.Id, reason);
        session.End(EndReason.CredentialsRefused, reason);
        return (null, false);
    }
}
