using Hoop.Federation.Providers;
using Hoop.Shared.Sealing;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>PUT /api/connections/{nameOrId}. Replaces everything but the name; secrets only when the body has them.</summary>
internal static class UpdateConnection
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapPut("/{nameOrId}", async (string nameOrId, ConnectionBody body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId, body), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody($$"""{ "type": "custom", "subtype": "bigquery", "command": ["bq", "query"], "agent_id": "{{BodyExample.SomeId}}" }""");

    internal sealed record Request(string NameOrId, ConnectionBody Body) : ICommand<ConnectionView>
    {
        public AuditEntry Audit(ConnectionView value) =>
            new("connection", AuditAction.Update, value.Id) { Fields = ConnectionAudit.Of(value) };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Body).SetValidator(new ConnectionBody.Rules()).OverridePropertyName("");
    }

    internal sealed class Handler(
        Db db, ICaller caller, SealingKeys keys, ProviderSet providers, ISender sender) : IRequestHandler<Request, Result<ConnectionView>>
    {
        private const string LockSql = $"""
            SELECT {Connection.Columns}
            FROM federation.connections
            WHERE org_id = @OrgId AND (id = @Id OR name = @Name)
            FOR UPDATE
            """;

        private const string UpdateSql = $"""
            UPDATE federation.connections
            SET type = @Type, subtype = @Subtype, command = @Command, agent_id = @AgentId,
                secrets_key_id = @KeyId, secrets_sealed = @Bytes, updated_at = now()
            WHERE org_id = @OrgId AND id = @Id
            RETURNING {Connection.Columns}
            """;

        public async Task<Result<ConnectionView>> Handle(Request request, CancellationToken cancellationToken)
        {
            var (body, address) = (request.Body, ConnectionAddress.Of(request.NameOrId));

            // In the order in which the deletion of an agent locks, so that neither waits for the other for ever.
            var held = await sender.Send(new HoldAgent(caller.OrgId, body.AgentId!.Value), cancellationToken);
            if (await db.Of(caller.OrgId).Find<Connection>(LockSql, new { address.Id, address.Name }, cancellationToken) is not { } stored)
            {
                return ConnectionErrors.NotFound;
            }

            if (body.Name is not null && body.Name != stored.Name)
            {
                return Error.Invalid("name: cannot be changed; create another connection");
            }

            if (held is not { } agent)
            {
                return ConnectionErrors.UnknownAgent;
            }

            var secrets = ConnectionSecrets.None;
            if (body.Secret is not null)
            {
                secrets = ConnectionSecrets.From(body.Secret);
            }
            else if (!stored.OpenSecrets(keys, caller.OrgId).Succeeded(out secrets, out var unreadable))
            {
                return unreadable;
            }

            var resealed = secrets.Seal(keys, caller.OrgId, stored.Id);
            var updated = await db.Of(caller.OrgId).Find<Connection>(
                UpdateSql,
                new
                {
                    stored.Id,
                    body.Type,
                    Subtype = body.Subtype ?? "",
                    Command = body.Command?.ToArray() ?? [],
                    AgentId = agent.Id,
                    resealed?.KeyId,
                    resealed?.Bytes
                },
                cancellationToken);
            providers.Drop(caller.OrgId, stored.Id);
            return ConnectionView.Of(updated!, agent.Connected, secrets);
        }
    }
}
