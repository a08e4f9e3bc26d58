using Hoop.Shared;
using Hoop.Shared.Quotas;
using Hoop.Shared.Secrets;

namespace Hoop.Spiffe.Agents;

/// <summary>POST /api/agents. Adds an agent; its key is shown in this answer and never again.</summary>
internal static class CreateAgent
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "name": "web", "mode": "standard" }""");

    internal sealed record Request(string? Name, string? Mode) : ICommand<AgentKey>
    {
        public AuditEntry Audit(AgentKey value) => new("agent", AuditAction.Create, value.Id)
        {
            Fields = new AuditFields { { "name", value.Name } },
        };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Name).Cascade(CascadeMode.Stop)
                .NotEmpty().WithMessage("name is required").Malformed()
                .Must(name => ResourceName.IsValid(name)).WithMessage($"name: {ResourceName.Rule}")
                .Must(name => AgentReference.IdOf(name!) is null).WithMessage("name: must not have the form of an id")
                .Must(name => !AgentReference.IsReserved(name!)).WithMessage("name: is reserved; use another one");
            RuleFor(request => request.Mode)
                .Must(mode => mode is null or "" or "standard" or "embedded").WithMessage("unknown agent mode: use standard or embedded");
        }
    }

    internal sealed class Handler(
        Db db, ICaller caller, QuotaCheck quota, PublicAddress gateway) : IRequestHandler<Request, Result<AgentKey>>
    {
        private const string CreateSql = """
            INSERT INTO spiffe.agents (id, org_id, name, mode, key_hash, key_created_at)
            VALUES (@Id, @OrgId, @Name, @Mode, @Hash, now())
            RETURNING id
            """;

        public async Task<Result<AgentKey>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await quota.Refuses(caller.OrgId, SpiffeQuotas.Agents, cancellationToken) is { } full)
            {
                return full;
            }

            db.Announce(Agent.Topic, ChangeKey.Of(caller.OrgId));
            var (id, mode) = (RowId.Next(), string.IsNullOrEmpty(request.Mode) ? "standard" : request.Mode);
            var secret = SecretHash.Generate(AgentSecret.Prefix).Reveal();
            var row = new { Id = id, request.Name, Mode = mode, Hash = SecretHash.Of(secret) };
            var key = AgentKey.Of(id, request.Name!, mode, secret, gateway.Value);
            var created = await db.Of(caller.OrgId).Insert<Guid>(CreateSql, row, key, AgentErrors.Of, cancellationToken);
            return created.Select(_ => key);
        }
    }
}
