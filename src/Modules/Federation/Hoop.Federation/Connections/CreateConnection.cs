using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>POST /api/connections. Names a target, the agent that reaches it and the command that talks to it.</summary>
internal static class CreateConnection
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapPost("/", async (ConnectionBody body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(body), cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody($$"""
            {
              "name": "my-bq",
              "type": "custom",
              "subtype": "bigquery",
              "command": ["bq", "query"],
              "secret": { "envvar:CLOUDSDK_CORE_PROJECT": "bXktcHJvag==" },
              "agent_id": "{{BodyExample.SomeId}}"
            }
            """);

    internal sealed record Request(ConnectionBody Body) : ICommand<ConnectionView>
    {
        public AuditEntry Audit(ConnectionView value) =>
            new("connection", AuditAction.Create, value.Id) { Fields = ConnectionAudit.Of(value) };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Body.Name).Cascade(CascadeMode.Stop)
                .NotEmpty().WithMessage("name is required").Malformed()
                .Must(name => ConnectionAddress.IsName(name!))
                .WithMessage("name: use 3 to 254 letters, digits and underscores, joined by single dashes or dots; a UUID is not a name");
            RuleFor(request => request.Body).SetValidator(new ConnectionBody.Rules()).OverridePropertyName("");
        }
    }

    internal sealed class Handler(
        Db db, ICaller caller, QuotaCheck quota, SealingKeys keys, ISender sender) : IRequestHandler<Request, Result<ConnectionView>>
    {
        private const string CreateSql = $"""
            INSERT INTO federation.connections (id, org_id, name, type, subtype, command, agent_id, secrets_key_id, secrets_sealed)
            VALUES (@Id, @OrgId, @Name, @Type, @Subtype, @Command, @AgentId, @KeyId, @Bytes)
            ON CONFLICT (org_id, name) DO NOTHING
            RETURNING {Connection.Columns}
            """;

        public async Task<Result<ConnectionView>> Handle(Request request, CancellationToken cancellationToken)
        {
            var body = request.Body;
            if (await quota.Refuses(caller.OrgId, ConnectionQuota.Of, cancellationToken) is { } full)
            {
                return full;
            }

            if (await sender.Send(new HoldAgent(caller.OrgId, body.AgentId!.Value), cancellationToken) is not { } agent)
            {
                return ConnectionErrors.UnknownAgent;
            }

            var id = RowId.Next();
            var secrets = body.Secret is null ? ConnectionSecrets.None : ConnectionSecrets.From(body.Secret);
            var stored = secrets.Seal(keys, caller.OrgId, id);
            var created = await db.Of(caller.OrgId).Find<Connection>(
                CreateSql,
                new
                {
                    Id = id,
                    body.Name,
                    body.Type,
                    Subtype = body.Subtype ?? "",
                    Command = body.Command?.ToArray() ?? [],
                    AgentId = agent.Id,
                    stored?.KeyId,
                    stored?.Bytes
                },
                cancellationToken);
            return created is null ? ConnectionErrors.NameTaken : ConnectionView.Of(created, agent.Connected, secrets);
        }
    }
}
