using MediatR;

namespace Hoop.Spiffe.Contracts;

/// <summary>The organization's agent with this id or name, or null.</summary>
public sealed record FindAgent(Guid OrgId, string IdOrName) : IRequest<AgentSummary?>;

/// <summary>
/// The organization's agent with this id, or null. For a command that makes something name the agent: it then stays until the commit,
/// and whoever deletes it finds what names it.
/// </summary>
public sealed record HoldAgent(Guid OrgId, Guid Id) : IRequest<AgentSummary?>;

/// <summary>Those of the organization's agents that exist among <paramref name="Ids"/>, in one question.</summary>
public sealed record FindAgents(Guid OrgId, IReadOnlyCollection<Guid> Ids) : IRequest<IReadOnlyList<AgentSummary>>;

/// <param name="Connected">True while at least one replica of the agent is connected, to whichever gateway.</param>
public sealed record AgentSummary(Guid Id, string Name, bool Connected);

/// <summary>
/// An agent is about to be deleted. Published in the transaction that does it, so that whoever keeps rows that name the agent can say
/// so: each adds them to <paramref name="Uses"/>. With <paramref name="Cascade"/> they are deleted and recorded too; without it, one
/// use is enough to refuse the deletion, and up to <see cref="AgentUses.Most"/> are named.
/// </summary>
public sealed record AgentDeleting(Guid OrgId, Guid AgentId, bool Cascade, ICollection<AgentUse> Uses) : INotification;

/// <summary>
/// This gateway was told to stop and serves on for a while: agents are told to open a channel at another one, and no new channel is
/// opened here. Those that are open stay until it stops.
/// </summary>
/// <param name="Stays">How long it serves on.</param>
public sealed record GatewayLeaving(TimeSpan Stays) : INotification;

/// <param name="Type">As the audit trail spells it: <c>connection</c>.</param>
/// <param name="Name">For people to read.</param>
public sealed record AgentUse(string Type, Guid Id, string Name);

public static class AgentUses
{
    /// <summary>Of one kind, in a refusal.</summary>
    public const int Most = 100;
}

/// <summary>
/// Runs one command on a connected agent and waits for its end. Cancelling it ends the command on the agent, with everything it
/// started; the answer then says what became of it (<see cref="AgentExecutionOutcome.Cancelled"/>). Only what is cancelled before
/// anything was sent throws.
/// </summary>
/// <param name="OrgId">The agent must belong to it; otherwise the answer is the same as for an agent that does not exist.</param>
/// <param name="Command">argv, no shell.</param>
/// <param name="Environment">Exactly these variables, plus the agent's PATH and HOME.</param>
/// <param name="Script">Standard input.</param>
/// <param name="Timeout">After this the command is killed on the agent; at most 10 minutes.</param>
public sealed record ExecuteOnAgent(
    Guid OrgId,
    Guid AgentId,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string Script,
    TimeSpan Timeout) : IRequest<AgentExecution>
{
    /// <summary>Secrets that the command reads from files; its variables name their paths.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>As <see cref="Files"/>, for what the command can do without: not every agent writes them.</summary>
    public IReadOnlyDictionary<string, string> RenewedFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>New contents of files of both kinds while the command runs, where its agent can take them.</summary>
    public IAgentFiles? Fresh { get; init; }

    /// <summary>
    /// Where the bytes go and come from as they are written and read; the answer then holds no output, and <see cref="Timeout"/> may be
    /// up to a day. Null: the script goes in, and the output comes with the answer.
    /// </summary>
    public IAgentStreams? Streams { get; init; }

    /// <summary>With <see cref="Streams"/>: the command gets a terminal.</summary>
    public AgentTerminal? Terminal { get; init; }

    /// <summary>The environment and the script may hold credentials, so they are not printed.</summary>
    public override string ToString() => $"{nameof(ExecuteOnAgent)} {{ AgentId = {AgentId} }}";
}

/// <summary>
/// The caller's side of a streamed command. Output that is not taken holds the command up, and input that the command does not read
/// holds up its sender; what controls the command passes both by.
/// </summary>
public interface IAgentStreams
{
    /// <summary>Called for one piece after the other, in order; the next ones come when its task has ended.</summary>
    /// <param name="isError">Standard error; always false on a terminal.</param>
    Task Write(bool isError, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>The next bytes for standard input; null at their end.</summary>
    Task<ReadOnlyMemory<byte>?> Read(CancellationToken cancellationToken);

    /// <summary>The next order; null when no more will come.</summary>
    Task<AgentOrder?> Order(CancellationToken cancellationToken);
}

/// <summary>Files that are worth something for a time only.</summary>
public interface IAgentFiles
{
    /// <summary>Waits until there are other contents, by name of a file; null when there will be none.</summary>
    Task<IReadOnlyDictionary<string, string>?> Next(CancellationToken cancellationToken);
}

/// <summary>A change of the terminal's size, or a signal.</summary>
/// <param name="Signal"><c>INT</c>, <c>QUIT</c>, <c>TERM</c>, <c>HUP</c>; null for a change of size.</param>
public sealed record AgentOrder(string? Signal, int Columns, int Rows);

/// <param name="Name">The value of <c>TERM</c>.</param>
public sealed record AgentTerminal(string Name, int Columns, int Rows);

/// <param name="Outcome">How it ended.</param>
/// <param name="ExitCode">When the command ended by itself.</param>
/// <param name="Output">Standard output and error, merged; or why there is none.</param>
/// <param name="Truncated">Output was dropped at the agent's limit.</param>
public sealed record AgentExecution(AgentExecutionOutcome Outcome, int? ExitCode, string Output, bool Truncated);

public enum AgentExecutionOutcome
{
    /// <summary>Exit code 0.</summary>
    Success,

    /// <summary>Another exit code, or it could not be started.</summary>
    Failed,

    /// <summary>Killed at the time limit, on the agent.</summary>
    TimedOut,

    /// <summary>The agent does not run this command.</summary>
    Refused,

    /// <summary>No replica of the agent is connected to any gateway. Nothing ran.</summary>
    NotConnected,

    /// <summary>Replicas are connected, but to other gateways than this one. Nothing ran.</summary>
    ConnectedElsewhere,

    /// <summary>The replica left while the command ran; how far it came is not known.</summary>
    Disconnected,

    /// <summary>
    /// Whoever asked went away, or the agent is stopping. The output says when the agent did not confirm the command's end.
    /// </summary>
    Cancelled,
}
