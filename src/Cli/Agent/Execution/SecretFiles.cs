using System.Collections.Concurrent;
using System.Globalization;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Secrets that a command reads from files: mode 0600, in a folder of mode 0700 of the command's own, below one of this process's own.
/// What a process that was killed left behind is removed by the next agent that starts.
/// </summary>
internal sealed class SecretFiles
{
    private const string Prefix = "agent-";

    private readonly string _root;
    private readonly string _own;
    private readonly ConcurrentDictionary<Guid, WrittenSecrets> _written = new();

    /// <param name="root">The agent's private folder; made when the first secret comes.</param>
    public SecretFiles(string root)
    {
        _root = Path.GetFullPath(root);
        _own = Path.Join(_root, Name(Environment.ProcessId, ProcessTable.Find(Environment.ProcessId)?.StartTicks ?? 0));
    }

    /// <summary>Below <c>HOOP_AGENT_DIR</c>, or the user's home, or, without one, the folder for temporary files.</summary>
    public static string DefaultRoot(Func<string, string?> variable) =>
        variable("HOOP_AGENT_DIR") is { Length: > 0 } set ? set
        : variable("HOME") is { Length: > 0 } home && home != "/" ? Path.Join(home, ".hoop", "agent")
        : Path.Join(Path.GetTempPath(), $"hoop-agent-{Environment.UserName}");

    /// <summary>Of a variable that holds a path; it is the file's name, too.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 255 && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    /// <summary>Removes what dead processes left. Whatever cannot be removed is somebody else's.</summary>
    /// <returns>How many folders went.</returns>
    public int Clean()
    {
        if (!Directory.Exists(_root))
        {
            return 0;
        }

        return Directory.EnumerateDirectories(_root, Prefix + "*").Count(folder => !IsAlive(Path.GetFileName(folder)) && TryDelete(folder));
    }

    /// <summary>A place for the files of one command, to be disposed of when it has ended. Nothing is written yet.</summary>
    public WrittenSecrets Of(Guid id)
    {
        var secrets = new WrittenSecrets(_root, _own, id.ToString("D"), () => _written.TryRemove(id, out _));
        _written[id] = secrets;
        return secrets;
    }

    /// <summary>Other content for a file of a command that runs. False: there is none of that name, or the disk refuses.</summary>
    public bool Replace(Guid id, string name, string content) =>
        _written.TryGetValue(id, out var secrets) && secrets.Replace(name, content);

    private static string Name(int process, ulong startTicks) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{process}-{startTicks}");

    private static bool IsAlive(string name) =>
        name[Prefix.Length..].Split('-') is [var process, var ticks]
        && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && ulong.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var started)
        && ProcessTable.Find(id) is { IsZombie: false } found && found.StartTicks == started;

    public static bool TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
