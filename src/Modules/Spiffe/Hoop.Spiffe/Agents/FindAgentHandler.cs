using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Agents;

internal sealed class FindAgentHandler(Db db) : IRequestHandler<FindAgent, AgentSummary?>
{
    private const string FindSql = $"""
        SELECT id, name, {Agent.IsConnected} AS connected
        FROM spiffe.agents AS agent
        WHERE org_id = @OrgId AND (name = @IdOrName OR id = @Id)
        """;

    public async Task<AgentSummary?> Handle(FindAgent request, CancellationToken cancellationToken)
    {
        if (!AgentReference.IsPossible(request.IdOrName))
        {
            return null;
        }

        var key = new { request.IdOrName, Id = AgentReference.IdOf(request.IdOrName) };
        return await db.Of(request.OrgId).Find<AgentSummary>(FindSql, key, cancellationToken);
    }
}

internal sealed class HoldAgentHandler(Db db) : IRequestHandler<HoldAgent, AgentSummary?>
{
    private const string HoldSql = $"""
        SELECT id, name, {Agent.IsConnected} AS connected
        FROM spiffe.agents AS agent
        WHERE org_id = @OrgId AND id = @Id
        FOR KEY SHARE OF agent
        """;

    public Task<AgentSummary?> Handle(HoldAgent request, CancellationToken cancellationToken) =>
        db.Of(request.OrgId).Find<AgentSummary>(HoldSql, new { request.Id }, cancellationToken);
}

internal sealed class FindAgentsHandler(Db db) : IRequestHandler<FindAgents, IReadOnlyList<AgentSummary>>
{
    private const string FindSql = $"""
        SELECT id, name, {Agent.IsConnected} AS connected
        FROM spiffe.agents AS agent
        WHERE org_id = @OrgId AND id = ANY(@Ids)
        ORDER BY name
        """;

    public async Task<IReadOnlyList<AgentSummary>> Handle(FindAgents request, CancellationToken cancellationToken) =>
        request.Ids.Count == 0
            ? []
            : await db.Of(request.OrgId).List<AgentSummary>(FindSql, new { Ids = request.Ids.ToArray() }, cancellationToken);
}
