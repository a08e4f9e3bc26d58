using Hoop.Federation.Connections;
using Hoop.Federation.Providers;
using Hoop.Federation.OpenSessions;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>
/// DELETE /api/connections/{nameOrId}/federation. Later sessions run on the connection's own secrets; cached tokens are dropped.
/// </summary>
internal static class DeletePolicy
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapDelete("/{nameOrId}/federation", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId) : ICommand<Guid>
    {
        public AuditEntry Audit(Guid value) => new("federation_policy", AuditAction.Delete, value);
    }

    internal sealed class Handler(
        Db db, FederationFlag flag, FindConnection findConnection, ProviderSet providers, EndSessions sessions, ICaller caller)
        : IRequestHandler<Request, Result<Guid>>
    {
        private const string DeleteSql = """
            DELETE FROM federation.policies
            WHERE org_id = @OrgId AND connection_id = @ConnectionId
            """;

        public async Task<Result<Guid>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!await flag.IsOn(caller.OrgId, cancellationToken))
            {
                return FederationFlag.Off;
            }

            if (await findConnection.By(caller.OrgId, request.NameOrId, cancellationToken) is not { } connection)
            {
                return ConnectionErrors.ConnectionNotFound;
            }

            var deleted = await db.Of(caller.OrgId).Execute(DeleteSql, new { ConnectionId = connection.Id }, cancellationToken);
            await sessions.Of(caller.OrgId, connection.Id, EndReason.PolicyRemoved, cancellationToken);
            if (deleted == 0)
            {
                return PolicyErrors.NotFound;
            }

            providers.Drop(caller.OrgId, connection.Id);
            return connection.Id;
        }
    }
}
