namespace Hoop.Spiffe.Contracts.AgentChannel;

/// <summary>
/// Where an agent connects: a SignalR hub over a direct WebSocket, JSON protocol, credential in the <c>Authorization</c> header.
/// </summary>
public static class AgentChannelPath
{
    public const string Path = "/api/agents/channel";
}

/// <summary>What the gateway invokes on a connected agent.</summary>
public interface IAgentClient
{
    /// <summary>Runs one command and answers when it has ended, was killed at a limit, or was refused.</summary>
    /// <param name="givenUp">Of the gateway alone: it waits no longer for the answer.</param>
    Task<ExecutionResult> Execute(ExecutionRequest request, CancellationToken givenUp = default);

    /// <summary>
    /// Nobody waits for this command any more: ends it with everything it started, and answers <see cref="Execute"/> as
    /// <see cref="ExecutionStatus.Cancelled"/>. Sent without waiting: an agent of an older version does not know it, and its command
    /// runs to its limit.
    /// </summary>
    Task Cancel(Guid id);

    /// <summary>Bytes for the standard input of a streamed command, at most <see cref="StreamRules.LargestFrame"/> of them.</summary>
    Task Input(Guid id, byte[] data);

    /// <summary>Nothing more comes; on a terminal, as if its user had typed the end of the file.</summary>
    Task EndOfInput(Guid id);

    /// <summary>So many bytes of output have gone on their way; the agent may send as many more.</summary>
    Task Taken(Guid id, int bytes);

    /// <summary>
    /// Answered at once: what was sent before this has been read. Only an agent with <see cref="AgentFeatures.Marks"/> is asked.
    /// </summary>
    Task<bool> Reached();

    Task Resize(Guid id, int columns, int rows);

    /// <summary>
    /// <c>INT</c>, <c>QUIT</c>, <c>TERM</c> or <c>HUP</c>, for the program that has the terminal, or for the command's group.
    /// </summary>
    Task Signal(Guid id, string signal);

    /// <summary>
    /// New content for one of the command's files, in its place before this is answered. False: the command has ended, has no such file,
    /// or the disk refuses. Only an agent with <see cref="AgentFeatures.Renewal"/> is asked.
    /// </summary>
    /// <param name="givenUp">Of the gateway alone: it waits no longer for the answer.</param>
    Task<bool> RenewFile(Guid id, string name, string content, CancellationToken givenUp = default);

    /// <summary>
    /// The gateway will stop before long. The agent opens a channel at another one; this one goes on, with all that runs on it, until the
    /// gateway closes it. Only an agent with <see cref="AgentFeatures.Moves"/> is told.
    /// </summary>
    Task Move();

    /// <summary>Said before the gateway closes the channel, with the reason as a stable code.</summary>
    Task Closing(string reason);
}

/// <summary>What an agent invokes on the gateway.</summary>
public interface IAgentGateway
{
    /// <summary>
    /// The first call on a new channel, within ten seconds: before it the channel gets no work. Again at most every ten seconds.
    /// </summary>
    Task<AgentWelcome> Hello(AgentHello hello);

    /// <summary>Said every <see cref="AgentWelcome.HeartbeatSeconds"/>; a channel that misses three is closed.</summary>
    Task Heartbeat();

    /// <summary>
    /// Proves the agent anew with a fresh JWT-SVID, in place: work in flight goes on. False: refused, because it does not hold or
    /// belongs to another identity or mapping; the channel goes on until its own credential ends.
    /// </summary>
    Task<bool> Renew(string token);

    /// <summary>
    /// The agent knows the streamed command: its input may come. A call and what is sent after it are not always told in that order.
    /// </summary>
    Task Started(Guid id);

    /// <summary>
    /// Bytes that a streamed command wrote, in their order. The result of <see cref="IAgentClient.Execute"/> says how many there were.
    /// </summary>
    /// <param name="stream">One of <see cref="OutputKind"/>.</param>
    Task Output(Guid id, int stream, byte[] data);

    /// <summary>So many bytes of input have gone into the program.</summary>
    Task InputTaken(Guid id, int bytes);
}

/// <summary>What an agent says of itself. None of it decides anything; it is shown to people.</summary>
public sealed record AgentHello(
    string Hostname, string Version, string Platform, string MachineId, string KernelVersion, IReadOnlyList<string> AllowedCommands)
{
    /// <summary>Of <see cref="AgentFeatures"/>; null from an older agent.</summary>
    public IReadOnlyList<string>? Features { get; init; }
}

/// <summary>As whom the agent is connected.</summary>
/// <param name="ExpiresAt">When the credential ends and the channel with it, unless renewed; null for an agent key.</param>
public sealed record AgentWelcome(Guid AgentId, string AgentName, string Identity, DateTimeOffset? ExpiresAt, int HeartbeatSeconds)
{
    /// <summary>Whose agent it is; an agent may be told to serve this one alone. Null from an older gateway.</summary>
    public Guid? OrganizationId { get; init; }
}

/// <summary>One command for an agent.</summary>
/// <param name="Command">argv; the first item is looked up in PATH. No shell is involved.</param>
/// <param name="Environment">Exactly these variables, plus PATH and HOME of the agent where they are not given.</param>
/// <param name="Script">Written to standard input, which is then closed.</param>
/// <param name="TimeoutSeconds">After this the whole process group is killed.</param>
/// <param name="OutputLimitBytes">Standard output and standard error, merged; what goes beyond is dropped.</param>
public sealed record ExecutionRequest(
    Guid Id,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string Script,
    int TimeoutSeconds,
    int OutputLimitBytes)
{
    /// <summary>
    /// Secrets that the command reads from files: each is written for it alone, and its variable holds the path. Removed afterwards.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    /// <summary>
    /// As <see cref="Files"/>, for what the command can do without: left out where the agent's rules do not let the variable pass or the
    /// disk refuses, and by an agent of an older version.
    /// </summary>
    public IReadOnlyDictionary<string, string>? RenewedFiles { get; init; }

    /// <summary>Null: the output comes with the result. Otherwise there is no script and no limit on output.</summary>
    public StreamTerms? Stream { get; init; }

    /// <summary>The environment and the script may hold credentials, so they are not printed.</summary>
    public override string ToString() => $"{nameof(ExecutionRequest)} {{ Id = {Id} }}";
}

/// <summary>How a command ended.</summary>
/// <param name="Status">One of <see cref="ExecutionStatus"/>.</param>
/// <param name="ExitCode">When it ended by itself; killed by a signal n: 128 + n.</param>
/// <param name="Output">Merged output as UTF-8, or the reason when it did not run.</param>
/// <param name="Truncated">Output was dropped at the limit.</param>
public sealed record ExecutionResult(Guid Id, string Status, int? ExitCode, string Output, bool Truncated)
{
    /// <summary>Of a streamed command: how many bytes of output were sent before this. Fewer that arrived are a failure.</summary>
    public long StreamedBytes { get; init; }
}

public static class ExecutionStatus
{
    /// <summary>Exit code 0.</summary>
    public const string Success = "success";

    /// <summary>Another exit code, or the command could not be started.</summary>
    public const string Failed = "failed";

    /// <summary>Killed at the time limit.</summary>
    public const string Timeout = "timeout";

    /// <summary>The agent does not run this command.</summary>
    public const string Refused = "refused";

    /// <summary>
    /// Ended before its end, because the gateway cancelled it or the agent is stopping. Older gateways take it for a failure.
    /// </summary>
    public const string Cancelled = "cancelled";
}
