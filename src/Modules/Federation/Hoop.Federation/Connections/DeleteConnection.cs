using Hoop.Federation.Minting;

namespace Hoop.Federation.Connections;

/// <summary>DELETE /api/connections/{nameOrId}. Its federation policy, credentials and cached tokens go with it.</summary>
internal static class DeleteConnection
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapDelete("/{nameOrId}", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("connection", AuditAction.Delete, value.Id)
        {
            Fields = new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = value.Name },
        };
    }

    internal sealed record Deleted(Guid Id, string Name);

    internal sealed class Handler(Db db, ICaller caller, TokenMint mint) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM federation.connections
            WHERE org_id = @OrgId AND (id = @Id OR name = @Name)
            RETURNING id, name
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            var address = ConnectionAddress.Of(request.NameOrId);
            if (await db.Of(caller.OrgId).Find<Deleted>(DeleteSql, new { address.Id, address.Name }, cancellationToken) is not { } deleted)
            {
                return ConnectionErrors.NotFound;
            }

            mint.Drop(caller.OrgId, deleted.Id);
            return deleted;
        }
    }
}
