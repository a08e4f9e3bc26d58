using Hoop.Shared.Sealing;

namespace Hoop.Federation.Connections;

/// <summary>
/// GET /api/connections/{nameOrId} by an admin: the connection with the values of its secrets. Whoever read them stands in the
/// trail.
/// </summary>
internal static class GetConnectionSecrets
{
    internal sealed record Request(ConnectionView Connection) : IAction<ConnectionView>
    {
        public AuditEntry Intent => new("connection", AuditAction.Use, Connection.Id)
        {
            Fields = new AuditFields { { "name", Connection.Name },
                { "secret_names", Connection.Secret.Keys.Order(StringComparer.Ordinal) } },
        };

        public AuditEntry Audit(ConnectionView value) => Intent with
        {
            Fields = new AuditFields(Intent.Fields) { { "secret_names", value.Secret.Keys.Order(StringComparer.Ordinal) } },
        };
    }

    internal sealed class Handler(FindConnection find, ICaller caller, SealingKeys keys) : IRequestHandler<Request, Result<ConnectionView>>
    {
        public async Task<Result<ConnectionView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await find.By(caller.OrgId, request.Connection.Id.ToString(), cancellationToken) is not { } connection)
            {
                return ConnectionErrors.NotFound;
            }

            return connection.OpenSecrets(keys, caller.OrgId).Succeeded(out var secrets, out var unreadable)
                ? request.Connection with { Secret = secrets.ToBase64() }
                : unreadable;
        }
    }
}
