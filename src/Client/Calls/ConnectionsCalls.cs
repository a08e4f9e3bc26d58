using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about connections.</summary>
public sealed class ConnectionsCalls
{
    private readonly HoopConnection _wire;

    internal ConnectionsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>Names a target, the agent that reaches it and the command that talks to it.</summary>
    [HoopRoute("POST", "/api/connections")]
    public Task<HoopAnswer<ConnectionView>> Create(ConnectionBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/connections",
            HoopJson.Content(body, HoopJson.Default.ConnectionBody),
            HoopJson.Default.ConnectionView,
            cancellationToken);

    /// <summary>
    /// The organization's connections by name, for admins and auditors with the names of their secrets, never with values.
    /// </summary>
    [HoopRoute("GET", "/api/connections")]
    public HoopPages<ConnectionView> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/connections", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.ConnectionViewList,
            cancellationToken));

    /// <summary>
    /// Admins and auditors see the names of the secrets. An admin sees the values too, which is an action with rows of its own
    /// (GetConnectionSecrets), unless it asks for ?secrets=names.
    /// </summary>
    /// <param name="secrets">names: an admin does without the values, and no read is recorded.</param>
    [HoopRoute("GET", "/api/connections/{nameOrId}")]
    public Task<HoopAnswer<ConnectionView>> Get(string nameOrId, string? secrets = null, CancellationToken cancellationToken = default) =>
        _wire.Get(
            HoopPath.With($"/api/connections/{HoopPath.Segment(nameOrId)}", ("secrets", secrets)),
            HoopJson.Default.ConnectionView,
            cancellationToken);

    /// <summary>Replaces everything but the name; secrets only when the body has them.</summary>
    [HoopRoute("PUT", "/api/connections/{nameOrId}")]
    public Task<HoopAnswer<ConnectionView>> Update(string nameOrId, ConnectionBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/connections/{HoopPath.Segment(nameOrId)}",
            HoopJson.Content(body, HoopJson.Default.ConnectionBody),
            HoopJson.Default.ConnectionView,
            cancellationToken);

    /// <summary>Its federation policy, credentials and cached tokens go with it.</summary>
    [HoopRoute("DELETE", "/api/connections/{nameOrId}")]
    public Task<HoopAnswer> Delete(string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/connections/{HoopPath.Segment(nameOrId)}", cancellationToken);
}
