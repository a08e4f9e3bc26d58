using Hoop.Federation.Connections;
using Hoop.Federation.Contracts;
using Hoop.Federation.OpenSessions;
using Hoop.Spiffe.Contracts;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Sessions;

/// <summary>
/// One session from its order to its end, whichever way its bytes travel: the row, the credentials, the command, the row again. Every way
/// out leads through the row.
/// </summary>
internal sealed class SessionRun(
    SessionRows rows, LiveSessions live, SessionPresence presence, FindConnection findConnection, ICaller caller, ISender sender,
    TimeProvider clock, ILogger<SessionRun> logger)
{
    /// <param name="work">Runs the command with what the session may use; cancelling it ends the command on the agent.</param>
    /// <param name="cancellationToken">The caller went away.</param>
    public async Task<Result<(Session Session, AgentExecution Execution)>> Run(
        SessionOrder order,
        Func<LiveSession, Connection, SessionEnvironment, CancellationToken, Task<AgentExecution>> work,
        CancellationToken cancellationToken)
    {
        if (caller.Current!.Kind == CallerKind.Agent)
        {
            return SessionErrors.NoAgents;
        }

        if (await findConnection.By(caller.OrgId, order.Connection, cancellationToken) is not { } connection)
        {
            return ConnectionErrors.ConnectionNotFound;
        }

        using var session = new LiveSession(order, caller.Current!);
        if (!live.TryAdd(session))
        {
            return SessionErrors.TooMany;
        }

        try
        {
            await rows.Open(session, connection, cancellationToken);
            session.IsOnRecord = true;
            presence.Grew(session.OrgId);
            await using var gone = cancellationToken.Register(() => session.End(EndReason.CallerGone));
            return await Run(session, connection, work);
        }
        finally
        {
            live.Remove(session);
            session.Over.TrySetResult();
        }
    }

    private async Task<Result<(Session, AgentExecution)>> Run(
        LiveSession session, Connection connection,
        Func<LiveSession, Connection, SessionEnvironment, CancellationToken, Task<AgentExecution>> work)
    {
        Error? refused;
        try
        {
            if (connection.AgentId is null)
            {
                refused = SessionErrors.NoAgent;
            }
            else if ((await Use(session, connection, session.Ending)).Succeeded(out var environment, out refused))
            {
                refused = await rows.Run(session, environment.Federated, session.Ending) ? null : SessionErrors.Removed;
                if (refused is null)
                {
                    return await Work(session, connection, environment, work);
                }
            }
        }
        catch (OperationCanceledException) when (session.EndedFor is { } reason)
        {
            await rows.End(session, new SessionEnd(SessionStatus.Ended, reason, Message: null, ExitCode: null));
            return Ended(reason);
        }
        catch (Exception)
        {
            await rows.End(session, new SessionEnd(SessionStatus.Failed, "internal", Message: null, ExitCode: null));
            throw;
        }

        var row = await rows.End(session, session.EndedFor is { } endedFor
            ? new SessionEnd(SessionStatus.Ended, endedFor, refused.Message, ExitCode: null)
            : new SessionEnd(SessionStatus.Denied, refused.Code, refused.Message, ExitCode: null));
        return row is { Status: SessionStatus.Denied } ? refused : Ended(row?.Reason ?? session.EndedFor ?? EndReason.GivenUp);
    }

    private async Task<Result<SessionEnvironment>> Use(LiveSession session, Connection connection, CancellationToken cancellationToken)
    {
        var used = await sender.Send(
            new UseConnection.Request(
                session.OrgId, connection.Id.ToString(), session.User.Email, session.User.Id, session.User.Mount), cancellationToken);
        return used.Succeeded(out var use, out var error) ? use.Environment : error;
    }

    private async Task<Result<(Session, AgentExecution)>> Work(
        LiveSession session, Connection connection, SessionEnvironment environment,
        Func<LiveSession, Connection, SessionEnvironment, CancellationToken, Task<AgentExecution>> work)
    {
        session.Fresh = FreshCredentials.Of(
            session, environment, again => Use(session, connection, again), (fresh, again) => rows.Renew(session, fresh, again), clock,
            logger);
        var execution = await work(session, connection, environment, session.Ending);
        var end = SessionEnd.Of(execution, session.EndedFor, session.EndedMessage);
        var row = await rows.End(session, end);
        return end.Refusal is { } error ? error : row is null ? Ended(EndReason.GivenUp) : (row, execution);
    }

    private static Error Ended(string reason) => Error.Unavailable($"the session was ended: {reason}", reason);
}
