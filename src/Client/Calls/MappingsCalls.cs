using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about mappings.</summary>
public sealed class MappingsCalls
{
    private readonly HoopConnection _wire;

    internal MappingsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>Newest first, filtered by any of its members.</summary>
    /// <param name="trustDomain">Of the mapping.</param>
    /// <param name="spiffeId">The exact SPIFFE ID of the mapping.</param>
    /// <param name="spiffePrefix">The prefix of the mapping, as it was written.</param>
    /// <param name="agentId">The agent that the mapping leads to.</param>
    /// <param name="group">One of the mapping's groups.</param>
    [HoopRoute("GET", "/api/spiffe-mappings")]
    public HoopPages<Mapping> List(
        string? trustDomain = null, string? spiffeId = null, string? spiffePrefix = null, Guid? agentId = null, string? group = null,
        int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With(
                "/api/spiffe-mappings", ("trust_domain", trustDomain), ("spiffe_id", spiffeId), ("spiffe_prefix", spiffePrefix),
                ("agent_id", HoopPath.Text(agentId)), ("group", group), ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.MappingList,
            cancellationToken));

    /// <summary>Says which agent an identity, or all identities with a prefix, are.</summary>
    [HoopRoute("POST", "/api/spiffe-mappings")]
    public Task<HoopAnswer<Mapping>> Create(CreateMappingRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/spiffe-mappings",
            HoopJson.Content(body, HoopJson.Default.CreateMappingRequest),
            HoopJson.Default.Mapping,
            cancellationToken);

    /// <summary>One mapping.</summary>
    [HoopRoute("GET", "/api/spiffe-mappings/{id:uuid}")]
    public Task<HoopAnswer<Mapping>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/spiffe-mappings/{id}", HoopJson.Default.Mapping, cancellationToken);

    /// <summary>Replaces the whole mapping; channels authenticated through the old one are closed.</summary>
    [HoopRoute("PUT", "/api/spiffe-mappings/{id:uuid}")]
    public Task<HoopAnswer<Mapping>> Update(Guid id, UpdateMappingRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/spiffe-mappings/{id}",
            HoopJson.Content(body, HoopJson.Default.UpdateMappingRequest),
            HoopJson.Default.Mapping,
            cancellationToken);

    /// <summary>Channels authenticated through the mapping are closed.</summary>
    [HoopRoute("DELETE", "/api/spiffe-mappings/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/spiffe-mappings/{id}", cancellationToken);

    /// <summary>
    /// Creates a mapping of each line of an application/x-ndjson body. A thousand lines are one transaction; what is there already
    /// counts as unchanged, so an import that ended early can simply be repeated.
    /// </summary>
    /// <param name="firstLine">The number of the first line, for messages.</param>
    /// <param name="lines">application/x-ndjson, a mapping a line.</param>
    [HoopRoute("POST", "/api/spiffe-mappings/import")]
    public Task<HoopAnswer<ImportMappingsResponse>> Import(
        HttpContent lines, long firstLine = 1, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            HoopPath.With("/api/spiffe-mappings/import", ("first_line", HoopPath.Text(firstLine))),
            lines,
            HoopJson.Default.ImportMappingsResponse,
            cancellationToken);

    /// <summary>Which mapping wins for an identity or a token, and why: the answer of the very code that authenticates agents.</summary>
    [HoopRoute("POST", "/api/spiffe-mappings/resolve")]
    public Task<HoopAnswer<ResolveMappingResponse>> Resolve(ResolveMappingRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/spiffe-mappings/resolve",
            HoopJson.Content(body, HoopJson.Default.ResolveMappingRequest),
            HoopJson.Default.ResolveMappingResponse,
            cancellationToken);
}
