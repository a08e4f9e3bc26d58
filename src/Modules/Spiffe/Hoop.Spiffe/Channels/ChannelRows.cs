using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>Writes the row of a new channel and the audit row of the agent's authentication, in one transaction.</summary>
internal sealed record OpenChannel(AgentChannel Channel, Caller? Caller, AgentHello Hello) : IRequest;

/// <summary>Notes the new end of a channel whose agent renewed its credential.</summary>
internal sealed record RenewChannel(AgentChannel Channel) : IRequest;

/// <summary>Removes the row of a channel that ended.</summary>
internal sealed record CloseChannel(AgentChannel Channel) : IRequest;

internal sealed class OpenChannelHandler(Db db, AgentChannels channels, ISender sender) : IRequestHandler<OpenChannel>
{
    // A second Hello on one channel refreshes its row.
    private const string OpenSql = """
        INSERT INTO spiffe.agent_channels
          (id, org_id, agent_id, gateway_id, identity, mapping_id, groups, expires_at, hostname, version, platform, machine_id, kernel_version)
        VALUES
          (@Id, @OrgId, @AgentId, @GatewayId, @Identity, @MappingId, @Groups, @ExpiresAt, @Hostname, @Version, @Platform, @MachineId, @KernelVersion)
        ON CONFLICT (id) DO UPDATE SET hostname = excluded.hostname, version = excluded.version, last_seen_at = now()
        """;

    public async Task Handle(OpenChannel request, CancellationToken cancellationToken)
    {
        var (channel, hello, agent) = (request.Channel, request.Hello, request.Channel.Agent);
        await using var transaction = await db.Begin(cancellationToken);
        await db.Of(agent.OrgId).Execute(
            OpenSql,
            new
            {
                channel.Id,
                agent.AgentId,
                channels.GatewayId,
                agent.Identity,
                agent.MappingId,
                Groups = agent.Groups.ToArray(),
                ExpiresAt = agent.ExpiresAt?.UtcDateTime,
                hello.Hostname,
                hello.Version,
                hello.Platform,
                hello.MachineId,
                hello.KernelVersion,
            },
            cancellationToken);
        await sender.Send(new RecordAudit(agent.OrgId, request.Caller, Audit(channel)), cancellationToken);
        await transaction.Commit(cancellationToken);
    }

    private static AuditEntry Audit(AgentChannel channel)
    {
        var agent = channel.Agent;
        var trustDomain = SpiffeId.TryParse(agent.Identity, out var id, out _) ? id.TrustDomain.ToString() : null;
        return new AuditEntry("agent", AuditAction.Authenticate, agent.AgentId)
        {
            Fields = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["name"] = agent.AgentName,
                ["identity"] = agent.Identity,
                ["trust_domain"] = trustDomain,
                ["audience"] = agent.Audience,
                ["expires_at"] = agent.ExpiresAt,
                ["mapping_id"] = agent.MappingId,
                ["groups"] = agent.Groups,
                ["channel"] = channel.Id,
            },
        };
    }
}

internal sealed class RenewChannelHandler(Db db) : IRequestHandler<RenewChannel>
{
    private const string RenewSql = """
        UPDATE spiffe.agent_channels
        SET expires_at = @ExpiresAt, identity = @Identity, mapping_id = @MappingId, groups = @Groups, last_seen_at = now()
        WHERE org_id = @OrgId AND id = @Id
        """;

    public Task Handle(RenewChannel request, CancellationToken cancellationToken)
    {
        var (channel, agent) = (request.Channel, request.Channel.Agent);
        return db.Of(agent.OrgId).Execute(
            RenewSql,
            new { channel.Id, ExpiresAt = agent.ExpiresAt?.UtcDateTime, agent.Identity, agent.MappingId, Groups = agent.Groups.ToArray() },
            cancellationToken);
    }
}

internal sealed class CloseChannelHandler(Db db) : IRequestHandler<CloseChannel>
{
    private const string CloseSql = """
        WITH closed AS (
          DELETE FROM spiffe.agent_channels
          WHERE org_id = @OrgId AND id = @Id
          RETURNING org_id, agent_id
        )
        UPDATE spiffe.agents AS agent
        SET last_seen_at = now()
        FROM closed
        WHERE agent.org_id = closed.org_id AND agent.id = closed.agent_id
        """;

    public Task Handle(CloseChannel request, CancellationToken cancellationToken) =>
        db.Of(request.Channel.Agent.OrgId).Execute(CloseSql, new { request.Channel.Id }, cancellationToken);
}
