namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>A way in which the agent would be wrong; the exploration must see each.</summary>
internal enum SessionDefect
{
    None,

    /// <summary>A command is noted when it runs, and not when it arrives.</summary>
    NotesLate,

    /// <summary>Nobody waits for what arrived while the connection was being stopped.</summary>
    WaitsOnce,

    /// <summary>A command waits for the welcome, whatever happens to the session.</summary>
    WaitsForTheWelcomeAlone,

    /// <summary>Commands do not hear that the session ends.</summary>
    KeepsCommands,

    /// <summary>The connection is stopped before the results of killed commands are on their way.</summary>
    StopsFirst,
}

/// <summary>
/// The order of things in <c>AgentSession</c>: one session, two commands that may arrive at any moment of it, a gateway that may close it
/// and a process that may be told to stop, in which every step of every participant may come next.
/// </summary>
internal sealed record SessionModel(SessionDefect Defect)
{
    private const int Commands = 2;

    private enum At
    {
        /// <summary>The connection stands, the welcome is not there yet.</summary>
        Greeting,
        Serving,

        /// <summary>Everything is told to end; what runs is waited for.</summary>
        Ending,

        /// <summary>The last call, which is answered when all that was sent before has arrived.</summary>
        Delivering,
        Stopping,

        /// <summary>No request can arrive any more.</summary>
        Stopped,
        Done,
    }

    private enum Command
    {
        None,

        /// <summary>It is here, and nobody knows of it: only with <see cref="SessionDefect.NotesLate"/>.</summary>
        Unnoted,
        WaitsForTheWelcome,
        Runs,

        /// <summary>Its result was handed over, and is not sent yet.</summary>
        Answered,
        Sent,
    }

    private At Phase { get; init; }

    private bool Welcomed { get; init; }

    private Command First { get; init; }

    private Command Second { get; init; }

    /// <summary>A result was not on its way when the last call was made, and is lost with the session.</summary>
    private bool Lost { get; init; }

    /// <summary>Commands that were noted when the last call was made, one bit each.</summary>
    private int Owed { get; init; }

    /// <summary>Why this may not be; null while it may.</summary>
    public string? Broken { get; private init; }

    public bool IsDone => Phase == At.Done;

    private bool Ends => Phase >= At.Ending;

    private bool IsQuiet => IsOver(First) && IsOver(Second);

    /// <summary>Every step that somebody can take now.</summary>
    public IEnumerable<(string Name, SessionModel After)> Steps()
    {
        foreach (var (name, after) in OfSession().Concat(Enumerable.Range(0, Commands).SelectMany(OfCommand)))
        {
            yield return (name, after with { Broken = after.Broken ?? after.Judge() });
        }
    }

    private string? Judge() => Phase == At.Done && (IsAlive(First) || IsAlive(Second))
        ? "the session has ended and a command of it lives on"
        : Lost ? "the result of a command that was waited for is lost" : null;

    private IEnumerable<(string, SessionModel)> OfSession()
    {
        if (Phase == At.Greeting)
        {
            yield return ("welcome", this with { Phase = At.Serving, Welcomed = true });
        }

        if (Phase is At.Greeting or At.Serving)
        {
            yield return ("end", this with { Phase = At.Ending });
        }

        // Each waits for what is noted at that moment, as the code does.
        if (Phase == At.Ending && (IsQuiet || Defect == SessionDefect.StopsFirst))
        {
            yield return ("deliver", this with { Phase = At.Delivering, Owed = (IsOver(First) ? 0 : 1) | (IsOver(Second) ? 0 : 2) });
        }

        if (Phase == At.Delivering)
        {
            var lost = ((Owed & 1) != 0 && First != Command.Sent) || ((Owed & 2) != 0 && Second != Command.Sent);
            yield return ("stop", this with { Phase = At.Stopping, Lost = lost, Owed = 0 });
        }

        if (Phase == At.Stopping)
        {
            yield return ("stopped", this with { Phase = At.Stopped });
        }

        if (Phase == At.Stopped && (IsQuiet || Defect == SessionDefect.WaitsOnce))
        {
            yield return ("done", this with { Phase = At.Done });
        }
    }

    private IEnumerable<(string, SessionModel)> OfCommand(int number)
    {
        var command = number == 0 ? First : Second;
        switch (command)
        {
            case Command.None when Phase < At.Stopped:
                yield return Step("arrives", Defect == SessionDefect.NotesLate ? Command.Unnoted : Command.WaitsForTheWelcome);
                break;
            case Command.Unnoted:
                yield return Step("is noted", Command.WaitsForTheWelcome);
                break;
            case Command.WaitsForTheWelcome when Welcomed || (Ends && Defect != SessionDefect.WaitsForTheWelcomeAlone):
                yield return Step("runs", Command.Runs);
                break;
            case Command.Runs when !Ends || Defect != SessionDefect.KeepsCommands:
                // By itself, or killed because the session ends.
                yield return Step("answers", Command.Answered);
                break;
            case Command.Answered:
                yield return Step("is sent", Command.Sent);
                break;
            default:
                break;
        }

        (string, SessionModel) Step(string name, Command next) =>
            ($"{name} {number}", number == 0 ? this with { First = next } : this with { Second = next });
    }

    // Nobody waits for one that is not noted: that is the defect.
    private static bool IsOver(Command command) => command is Command.None or Command.Sent or Command.Unnoted;

    private static bool IsAlive(Command command) => command is not (Command.None or Command.Sent);
}
