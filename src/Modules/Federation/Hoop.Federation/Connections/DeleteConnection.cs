namespace Hoop.Federation.Connections;

/// <summary>DELETE /api/connections/{nameOrId}. Its federation policy, credentials and cached tokens go with it.</summary>
internal static class DeleteConnection
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapDelete("/{nameOrId}", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId) : ICommand<ConnectionName>
    {
        public AuditEntry Audit(ConnectionName value) =>
            new("connection", AuditAction.Delete, value.Id) { Fields = new AuditFields { { "name", value.Name } } };
    }

    internal sealed class Handler(Db db, ICaller caller, RemovedConnections removed) : IRequestHandler<Request, Result<ConnectionName>>
    {
        private const string LockSql = """
            SELECT id, name
            FROM federation.connections
            WHERE org_id = @OrgId AND (id = @Id OR name = @Name)
            FOR UPDATE
            """;

        public async Task<Result<ConnectionName>> Handle(Request request, CancellationToken cancellationToken)
        {
            var address = ConnectionAddress.Of(request.NameOrId);
            if (await db.Of(caller.OrgId).Find<ConnectionName>(LockSql, new { address.Id, address.Name },
                cancellationToken) is not { } connection)
            {
                return ConnectionErrors.NotFound;
            }

            await removed.Remove(caller.OrgId, connection, reason: null, cancellationToken);
            return connection;
        }
    }
}
