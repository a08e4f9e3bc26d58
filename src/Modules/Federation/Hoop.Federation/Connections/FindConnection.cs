namespace Hoop.Federation.Connections;

/// <summary>The one way from a path's <c>{nameOrId}</c> to the organization's connection.</summary>
internal sealed class FindConnection(Db db)
{
    private const string FindSql = $"""
        SELECT {Connection.Columns}
        FROM federation.connections
        WHERE org_id = @OrgId AND (id = @Id OR name = @Name)
        """;

    public Task<Connection?> By(Guid orgId, string nameOrId, CancellationToken cancellationToken)
    {
        var address = ConnectionAddress.Of(nameOrId);
        return db.Of(orgId).Find<Connection>(FindSql, new { address.Id, address.Name }, cancellationToken);
    }
}
