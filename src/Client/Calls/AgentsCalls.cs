using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about agents.</summary>
public sealed class AgentsCalls
{
    private readonly HoopConnection _wire;

    internal AgentsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The organization's agents, by name.</summary>
    /// <param name="status">Only those with this status.</param>
    [HoopRoute("GET", "/api/agents")]
    public HoopPages<Agent> List(string? status = null, int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/agents", ("status", status), ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.AgentList,
            cancellationToken));

    /// <summary>Adds an agent; its key is shown in this answer and never again.</summary>
    [HoopRoute("POST", "/api/agents")]
    public Task<HoopAnswer<AgentKey>> Create(CreateAgentRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/agents",
            HoopJson.Content(body, HoopJson.Default.CreateAgentRequest),
            HoopJson.Default.AgentKey,
            cancellationToken);

    /// <summary>One agent of the organization.</summary>
    [HoopRoute("GET", "/api/agents/{nameOrId}")]
    public Task<HoopAnswer<Agent>> Get(string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/agents/{HoopPath.Segment(nameOrId)}", HoopJson.Default.Agent, cancellationToken);

    /// <summary>Its channels close on every gateway.</summary>
    /// <param name="cascade">true: what names it, or what it holds, is deleted with it and recorded in the audit trail.</param>
    [HoopRoute("DELETE", "/api/agents/{nameOrId}")]
    public Task<HoopAnswer<DeleteAgentDeleted?>> Delete(
        string nameOrId, bool? cascade = null, CancellationToken cancellationToken = default) =>
        _wire.Removed(
            HttpMethod.Delete,
            HoopPath.With($"/api/agents/{HoopPath.Segment(nameOrId)}", ("cascade", HoopPath.Text(cascade))),
            HoopJson.Default.DeleteAgentDeleted,
            cancellationToken);

    /// <summary>A new key, shown once; channels that used the old one close.</summary>
    [HoopRoute("POST", "/api/agents/{nameOrId}/rotate-key")]
    public Task<HoopAnswer<AgentKey>> RotateKey(string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            $"/api/agents/{HoopPath.Segment(nameOrId)}/rotate-key",
            content: null,
            HoopJson.Default.AgentKey,
            cancellationToken);
}
