namespace Hoop.Federation.OpenSessions;

/// <summary>
/// Ends the sessions whose ground a command takes away, on whichever gateway they run: the command's answer waits for the announcement,
/// and whoever runs the sessions looks at their rows then.
/// </summary>
internal sealed class EndSessions(Db db)
{
    public const string Topic = "federation_sessions";

    private const string EndSql = """
        UPDATE federation.sessions
        SET end_reason = @Reason
        WHERE org_id = @OrgId AND connection_id = @ConnectionId AND ended_at IS NULL AND end_reason IS NULL
        """;

    /// <param name="connectionId">
    /// What a session needs of it is locked or deleted already, so that one that opens now either is found here or finds it gone.
    /// </param>
    /// <param name="reason">One of <see cref="EndReason"/>.</param>
    public async Task Of(Guid orgId, Guid connectionId, string reason, CancellationToken cancellationToken)
    {
        db.Announce(Topic, ChangeKey.Of(orgId));
        await db.Of(orgId).Execute(EndSql, new { ConnectionId = connectionId, Reason = reason }, cancellationToken);
    }
}

/// <summary>Why a session was ended before its command; the words are API.</summary>
internal static class EndReason
{
    public const string Killed = "killed";

    public const string ConnectionRemoved = "connection_removed";

    public const string PolicyRemoved = "policy_removed";

    /// <summary>The connection to the caller broke, or the caller hung up.</summary>
    public const string CallerGone = "caller_gone";

    /// <summary>The caller's credential or the caller itself is not good any more.</summary>
    public const string CallerRevoked = "caller_revoked";

    public const string CredentialExpired = "credential_expired";

    /// <summary>Its credentials were to be renewed, and the user may have none any more, or others than before.</summary>
    public const string CredentialsRefused = "credentials_refused";

    public const string GatewayStopping = "gateway_stopping";

    /// <summary>The gateway that runs it cannot reach the database, and so would hear of no revocation.</summary>
    public const string GatewayCutOff = "gateway_cut_off";

    /// <summary>The row is gone, or another gateway has given the session up.</summary>
    public const string GivenUp = "given_up";
}
