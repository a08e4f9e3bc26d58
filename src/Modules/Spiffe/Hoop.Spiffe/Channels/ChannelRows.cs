using System.Text.Json;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The rows of channels: one for people to see while a channel lives, and the audit rows of the authentications behind it.
/// </summary>
internal sealed class ChannelRows(Db db, AgentChannels channels, ISender sender)
{
    private const string OpenSql = """
        INSERT INTO spiffe.agent_channels
          (id, org_id, agent_id, gateway_id, gateway_name, identity, mapping_id, groups, expires_at,
             hostname, version, platform, machine_id, kernel_version)
        VALUES
          (@Id, @OrgId, @AgentId, @GatewayId, @GatewayName, @Identity, @MappingId, @Groups, @ExpiresAt,
             @Hostname, @Version, @Platform, @MachineId, @KernelVersion)
        """;

    private const string RenewSql = """
        UPDATE spiffe.agent_channels
        SET expires_at = @ExpiresAt, last_seen_at = now()
        WHERE org_id = @OrgId AND id = @Id
        """;

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

    // All facts and not only the time: another gateway may have swept the row while this one could not reach the database.
    [CrossOrg("Keeps the rows of all channels that this gateway holds; each names its own organization.")]
    private const string ConfirmSql = """
        INSERT INTO spiffe.agent_channels
          (id, org_id, agent_id, gateway_id, gateway_name, identity, mapping_id, groups, expires_at,
             hostname, version, platform, machine_id, kernel_version)
        SELECT held.id, held.org_id, held.agent_id, @GatewayId, @GatewayName, held.identity, held.mapping_id, held.groups, held.expires_at,
               held.hostname, held.version, held.platform, held.machine_id, held.kernel_version
        FROM jsonb_to_recordset(@Rows::jsonb) AS held (
          id uuid, org_id uuid, agent_id uuid, identity text, mapping_id uuid, groups text[], expires_at timestamptz,
          hostname text, version text, platform text, machine_id text, kernel_version text)
        JOIN spiffe.agents AS agent ON agent.org_id = held.org_id AND agent.id = held.agent_id
        ON CONFLICT (id) DO UPDATE
        SET last_seen_at = now(), hostname = excluded.hostname, version = excluded.version, platform = excluded.platform,
            machine_id = excluded.machine_id, kernel_version = excluded.kernel_version
        """;

    [CrossOrg("Takes back what was confirmed for channels that ended meanwhile.")]
    private const string ForgetSql = """
        DELETE FROM spiffe.agent_channels
        WHERE gateway_id = @GatewayId AND id = ANY(@Ids)
        """;

    /// <summary>The row of a new channel and the audit row of the agent's authentication, in one transaction.</summary>
    public async Task Open(AgentChannel channel, Caller? caller, AgentHello facts, CancellationToken cancellationToken)
    {
        var agent = channel.Agent;
        var row = new
        {
            channel.Id,
            agent.AgentId,
            channels.GatewayId,
            channels.GatewayName,
            agent.Identity,
            agent.MappingId,
            Groups = agent.Groups.ToArray(),
            ExpiresAt = agent.ExpiresAt?.UtcDateTime,
            facts.Hostname,
            facts.Version,
            facts.Platform,
            facts.MachineId,
            facts.KernelVersion,
        };
        await using var transaction = await db.Begin(cancellationToken);
        await db.Of(agent.OrgId).Execute(OpenSql, row, cancellationToken);
        await sender.Send(new RecordAudit(agent.OrgId, caller, Audit(channel, agent, renewed: false)), cancellationToken);
        await transaction.Commit(cancellationToken);
    }

    /// <summary>The new end of a channel whose agent renewed its credential, with an audit row of its own.</summary>
    public async Task Renew(AgentChannel channel, Caller? caller, AuthenticatedAgent agent, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(cancellationToken);
        await db.Of(agent.OrgId).Execute(RenewSql, new { channel.Id, ExpiresAt = agent.ExpiresAt?.UtcDateTime }, cancellationToken);
        await sender.Send(new RecordAudit(agent.OrgId, caller, Audit(channel, agent, renewed: true)), cancellationToken);
        await transaction.Commit(cancellationToken);
    }

    /// <summary>The row of a channel that ended goes, and its end is on record as its beginning is.</summary>
    public async Task Close(AgentChannel channel, Caller? caller)
    {
        await channels.Ending.WaitAsync(CancellationToken.None);
        try
        {
            await Remove(channel, caller);
        }
        finally
        {
            channels.Ending.Release();
        }
    }

    /// <summary>Writes that these channels are alive, with what is known of them.</summary>
    public async Task Confirm(IReadOnlyCollection<(AgentChannel Channel, AgentHello Facts)> alive, CancellationToken cancellationToken)
    {
        var rows = JsonSerializer.Serialize(alive.Select(one => RowOf(one.Channel.Id, one.Channel.Agent, one.Facts)));
        await db.AcrossOrgs.Execute(ConfirmSql, new { channels.GatewayId, channels.GatewayName, Rows = rows }, cancellationToken);

        // A channel is taken from the list before its row is deleted, so whichever of the two came first, the row goes.
        var ended = alive.Where(one => !channels.Holds(one.Channel)).Select(one => one.Channel.Id).ToArray();
        if (ended.Length > 0)
        {
            await db.AcrossOrgs.Execute(ForgetSql, new { channels.GatewayId, Ids = ended }, cancellationToken);
        }
    }

    private async Task Remove(AgentChannel channel, Caller? caller)
    {
        var agent = channel.Agent;
        await using var transaction = await db.Begin(CancellationToken.None);
        await db.Of(agent.OrgId).Execute(CloseSql, new { channel.Id }, CancellationToken.None);
        if (channel.Facts is not null)
        {
            var entry = new AuditEntry("agent", AuditAction.Close, agent.AgentId)
            {
                Fields = new AuditFields { { "name", agent.AgentName }, { "channel", channel.Id },
                    { "reason", channel.ClosedFor ?? "agent_left" } },
            };
            await sender.Send(new RecordAudit(agent.OrgId, caller, entry), CancellationToken.None);
        }

        await transaction.Commit(CancellationToken.None);
    }

    /// <summary>By the names of the columns.</summary>
    private static Dictionary<string, object?> RowOf(Guid id, AuthenticatedAgent agent, AgentHello facts) => new(StringComparer.Ordinal)
    {
        ["id"] = id,
        ["org_id"] = agent.OrgId,
        ["agent_id"] = agent.AgentId,
        ["identity"] = agent.Identity,
        ["mapping_id"] = agent.MappingId,
        ["groups"] = agent.Groups,
        ["expires_at"] = agent.ExpiresAt,
        ["hostname"] = facts.Hostname,
        ["version"] = facts.Version,
        ["platform"] = facts.Platform,
        ["machine_id"] = facts.MachineId,
        ["kernel_version"] = facts.KernelVersion,
    };

    private static AuditEntry Audit(AgentChannel channel, AuthenticatedAgent agent, bool renewed)
    {
        var trustDomain = SpiffeId.TryParse(agent.Identity, out var id, out _) ? id.TrustDomain.ToString() : null;
        return new AuditEntry("agent", AuditAction.Authenticate, agent.AgentId)
        {
            Fields = new AuditFields
            {
                { "name", agent.AgentName },
                { "identity", agent.Identity },
                { "trust_domain", trustDomain },
                { "audience", agent.Audience },
                { "expires_at", agent.ExpiresAt },
                { "mapping_id", agent.MappingId },
                { "groups", agent.Groups },
                { "channel", channel.Id },
                { "renewed", renewed },
            },
        };
    }
}
