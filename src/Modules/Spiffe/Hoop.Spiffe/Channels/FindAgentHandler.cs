using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Channels;

internal sealed class FindAgentHandler(Db db, AgentChannels channels) : IRequestHandler<FindAgent, AgentSummary?>
{
    private const string FindSql = """
        SELECT id, name
        FROM spiffe.agents
        WHERE org_id = @OrgId AND (name = @IdOrName OR id = @Id)
        """;

    public async Task<AgentSummary?> Handle(FindAgent request, CancellationToken cancellationToken)
    {
        if (!AgentReference.IsPossible(request.IdOrName))
        {
            return null;
        }

        var key = new { request.IdOrName, Id = AgentReference.IdOf(request.IdOrName) };
        return await db.Of(request.OrgId).Find<Row>(FindSql, key, cancellationToken) is { } agent
            ? new AgentSummary(agent.Id, agent.Name, channels.Of(request.OrgId, agent.Id).Count > 0)
            : null;
    }

    private sealed record Row(Guid Id, string Name);
}
