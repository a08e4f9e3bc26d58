namespace Hoop.Spiffe.Contracts.AgentChannel;

/// <summary>
/// How the bytes of a command travel on an agent's channel. SignalR has no flow control, so each session has a window of its own, both
/// ways: whoever sends has at most <see cref="Window"/> bytes under way that the other side has not taken.
/// </summary>
public static class StreamRules
{
    /// <summary>In bytes, of one session and one direction.</summary>
    public const int Window = 128 * 1024;

    /// <summary>Of one frame, in bytes.</summary>
    public const int LargestFrame = 16 * 1024;

    /// <summary>
    /// In bytes, of all sessions of a channel together and one direction: after so many the sender asks whether they were read, and has
    /// at most two such questions open. So an order or an end comes behind twice as many at most, however many sessions there are.
    /// </summary>
    public const int Mark = 256 * 1024;

    /// <summary>Rows and columns of a terminal.</summary>
    public const int LargestTerminal = 10_000;
}

/// <summary>What an agent can do beyond its first version; it says so in its hello.</summary>
public static class AgentFeatures
{
    /// <summary><see cref="ExecutionRequest.Files"/>.</summary>
    public const string Files = "files";

    /// <summary><see cref="ExecutionRequest.Stream"/>.</summary>
    public const string Streams = "streams";

    /// <summary><see cref="StreamTerms.Terminal"/>.</summary>
    public const string Terminals = "terminals";

    /// <summary><see cref="IAgentClient.Reached"/>.</summary>
    public const string Marks = "marks";

    /// <summary><see cref="IAgentClient.RenewFile"/>.</summary>
    public const string Renewal = "renewal";

    /// <summary><see cref="IAgentClient.Move"/>.</summary>
    public const string Moves = "moves";
}

/// <summary>Asks for the bytes of a command as they come, instead of one text at its end.</summary>
/// <param name="Terminal">The program gets a terminal of this size; null: pipes, standard error apart.</param>
public sealed record StreamTerms(TerminalTerms? Terminal);

/// <param name="Name">The value of <c>TERM</c>.</param>
public sealed record TerminalTerms(string Name, int Columns, int Rows);

/// <summary>Which of a program's outputs bytes come from.</summary>
public static class OutputKind
{
    /// <summary>Standard output, or the terminal.</summary>
    public const int Standard = 1;

    public const int Error = 2;
}
