namespace Hoop.Federation.Connections;

/// <summary>The one way from a path's <c>{nameOrId}</c> to the organization's connection.</summary>
internal sealed class FindConnection(Db db)
{
    private const string FindSql = $"""
        SELECT {Connection.Columns}
        FROM federation.connections
        WHERE org_id = @OrgId AND (id = @Id OR name = @Name)
        """;

    private const string RunsSql = """
        SELECT id
        FROM federation.connections
        WHERE org_id = @OrgId AND agent_id = @AgentId AND command = @Command AND (@Id::uuid IS NULL OR id = @Id)
        LIMIT 1
        """;

    public Task<Connection?> By(Guid orgId, string nameOrId, CancellationToken cancellationToken)
    {
        var address = ConnectionAddress.Of(nameOrId);
        return db.Of(orgId).Find<Connection>(FindSql, new { address.Id, address.Name }, cancellationToken);
    }

    /// <summary>
    /// Is this the command of one of the organization's connections, on its own agent? Nothing else runs there at a request's word.
    /// </summary>
    /// <param name="named">The connection that the request names, which then has to be the one.</param>
    public async Task<bool> Runs(
        Guid orgId, Guid agentId, IReadOnlyList<string> command, Connection? named, CancellationToken cancellationToken) =>
        await db.Of(orgId).Find<Guid?>(
            RunsSql, new { AgentId = agentId, Command = command.ToArray(), named?.Id }, cancellationToken) is not null;
}
