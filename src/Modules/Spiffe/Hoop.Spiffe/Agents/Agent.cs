using System.Text.Json.Serialization;
using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Agents;

/// <summary>An agent as the API shows it. What it says of itself comes from its newest live channel.</summary>
/// <param name="Status"><c>CONNECTED</c> while a channel is alive on any gateway, else <c>DISCONNECTED</c>.</param>
/// <param name="Identity">The SPIFFE ID of the newest channel, or <c>key</c>.</param>
/// <param name="Replicas">How many channels are alive.</param>
internal sealed record Agent(
    Guid Id,
    string Name,
    string Mode,
    string Status,
    string Hostname,
    string MachineId,
    string KernelVersion,
    string Version,
    string Platform,
    string Identity,
    string[] Groups,
    int Replicas,
    DateTime? LastSeenAt,
    DateTime CreatedAt)
{
    /// <summary>Announced by whatever changes an agent or its key.</summary>
    public const string Topic = "spiffe_agents";

    /// <summary>A channel whose gateway has not confirmed it for this long is taken for dead, in seconds.</summary>
    public const string AliveSeconds = "45";

    /// <summary>The one meaning of "connected": some gateway confirmed a channel of <c>agent</c> lately.</summary>
    public const string IsConnected = $"""
        EXISTS (
          SELECT
          FROM spiffe.agent_channels AS channel
          WHERE channel.org_id = agent.org_id AND channel.agent_id = agent.id
            AND channel.last_seen_at > now() - interval '{AliveSeconds} seconds'
        )
        """;

    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        agent.id, agent.name, agent.mode,
        CASE WHEN alive.replicas > 0 THEN 'CONNECTED' ELSE 'DISCONNECTED' END AS status,
        coalesce(newest.hostname, '') AS hostname, coalesce(newest.machine_id, '') AS machine_id,
        coalesce(newest.kernel_version, '') AS kernel_version, coalesce(newest.version, '') AS version,
        coalesce(newest.platform, '') AS platform, coalesce(newest.identity, '') AS identity,
        coalesce(newest.groups, '{}') AS groups, alive.replicas::integer AS replicas,
        coalesce(newest.last_seen_at, agent.last_seen_at) AS last_seen_at, agent.created_at
        """;

    /// <summary>The tables that <see cref="Columns"/> reads; the caller adds its condition on <c>agent</c>.</summary>
    public const string Source = $"""
        spiffe.agents AS agent
        LEFT JOIN LATERAL (
          SELECT channel.hostname, channel.machine_id, channel.kernel_version, channel.version, channel.platform,
                 channel.identity, channel.groups, channel.last_seen_at
          FROM spiffe.agent_channels AS channel
          WHERE channel.org_id = agent.org_id AND channel.agent_id = agent.id
            AND channel.last_seen_at > now() - interval '{AliveSeconds} seconds'
          ORDER BY channel.connected_at DESC
          LIMIT 1
        ) AS newest ON true
        CROSS JOIN LATERAL (
          SELECT count(*) AS replicas
          FROM spiffe.agent_channels AS channel
          WHERE channel.org_id = agent.org_id AND channel.agent_id = agent.id
            AND channel.last_seen_at > now() - interval '{AliveSeconds} seconds'
        ) AS alive
        """;

    /// <summary>
    /// As this caller may see it: which identity leads to which agent, with which groups and on which machine, tells an ordinary caller
    /// whom to imitate, so only auditors and admins see that.
    /// </summary>
    public Agent For(ICaller caller) => caller.Current is { Role: Role.Admin or Role.Auditor }
        ? this
        : this with { Identity = "", Groups = [], Hostname = "", MachineId = "", KernelVersion = "" };

    /// <summary>Always empty: the key is shown once, by the call that made it.</summary>
    [JsonPropertyOrder(1)]
    public string Token => "";

    /// <summary>For clients of the reference that expect the member.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal);
}

internal static class AgentErrors
{
    public static readonly Error NotFound = Error.NotFound("agent not found");

    public static readonly Error NameTaken = Error.Conflict("name: an agent with this name already exists", "already_exists");

    /// <summary>What a broken constraint of the table means.</summary>
    public static Error? Of(string constraint) => constraint == "agents_name_unique" ? NameTaken : null;

    /// <summary>Names what holds the agent, and the way out.</summary>
    public static Error InUse(string name, IReadOnlyCollection<AgentUse> uses)
    {
        var counts = uses
            .GroupBy(use => use.Type, StringComparer.Ordinal)
            .Select(
                kind => $"{(kind.Count() < AgentUses.Most ? "" : "at least ")}{kind.Count()} {kind.Key.Replace('_', ' ')}{(kind.Count() == 1 ? "" : "s")}");
        var message =
            $"agent \"{name}\" is named by {string.Join(" and ", counts)}: change or delete them first, or delete them with it by ?cascade=true";
        return Error.Conflict(message, "agent_in_use") with
        {
            UsedBy = [.. uses.Select(use => new ErrorSubject(use.Type, use.Id.ToString(), use.Name))],
        };
    }
}

/// <summary>The key of an agent, as its owner receives it: a DSN that names the gateway, the agent and the secret.</summary>
/// <param name="Token"><c>scheme://name:xagt-…@host:port?mode=…</c>; shown in this answer and never again.</param>
internal sealed record AgentKey(Guid Id, string Name, string Token)
{
    /// <summary>The key is never printed.</summary>
    public override string ToString() => $"AgentKey {{ Id = {Id} }}";

    public static AgentKey Of(Guid id, string name, string mode, string secret, Uri gateway) =>
        new(id, name, $"{gateway.Scheme}://{name}:{secret}@{gateway.Authority}?mode={mode}");
}
