using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about sessions.</summary>
public sealed class SessionsCalls
{
    private readonly HoopConnection _wire;

    internal SessionsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>
    /// Runs one script through a connection's command and answers with what it wrote. The header X-Hoop-Session-Id names the session,
    /// also when it was refused.
    /// </summary>
    [HoopRoute("POST", "/api/sessions")]
    public Task<HoopAnswer<SessionOutput>> Create(CreateSessionBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/sessions",
            HoopJson.Content(body, HoopJson.Default.CreateSessionBody),
            HoopJson.Default.SessionOutput,
            cancellationToken);

    /// <summary>Newest first; admins and auditors see all of the organization, everybody else what is their own.</summary>
    /// <param name="connection">Name of the connection when the session was opened.</param>
    /// <param name="status">Only those with this status.</param>
    /// <param name="user">Address or subject of the user.</param>
    /// <param name="correlationId">As it was given.</param>
    [HoopRoute("GET", "/api/sessions")]
    public HoopPages<Session> List(
        string? connection = null, string? status = null, string? user = null, string? correlationId = null,
        int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With(
                "/api/sessions", ("connection", connection), ("status", status), ("user", user), ("correlation_id", correlationId),
                ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.SessionList,
            cancellationToken));

    /// <summary>GET /api/sessions/{id}.</summary>
    [HoopRoute("GET", "/api/sessions/{id:guid}")]
    public Task<HoopAnswer<Session>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/sessions/{id}", HoopJson.Default.Session, cancellationToken);

    /// <summary>Ends the command on the agent, whichever gateway runs the session. Admins end any, everybody else their own.</summary>
    [HoopRoute("POST", "/api/sessions/{id:guid}/kill")]
    public Task<HoopAnswer> Kill(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Post, $"/api/sessions/{id}/kill", cancellationToken);
}
