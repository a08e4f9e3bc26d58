using System.Globalization;
using System.Text;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Secrets that a command reads from files: mode 0600, in a folder of mode 0700 of the command's own, below one of this process's own.
/// What a process that was killed left behind is removed by the next agent that starts.
/// </summary>
internal sealed class SecretFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const string Prefix = "agent-";

    private readonly string _root;
    private readonly string _own;

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

    /// <summary>Writes the files of one command, and names them in its environment.</summary>
    /// <exception cref="IOException">The disk refuses, or the folder is not ours alone.</exception>
    public WrittenSecrets Write(Guid id, IReadOnlyDictionary<string, string> files, IDictionary<string, string> environment)
    {
        var folder = Path.Join(_own, id.ToString("D"));
        var written = new WrittenSecrets(folder);
        try
        {
            foreach (var parent in new[] { _root, _own, folder })
            {
                Directory.CreateDirectory(parent, OwnFolder);
                if ((File.GetUnixFileMode(parent) & ~OwnFolder) != UnixFileMode.None)
                {
                    throw new IOException($"{parent} is open to other users; run: chmod 700 {parent}");
                }
            }

            foreach (var (name, content) in files)
            {
                var path = Path.Join(folder, name);
                var options = new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0,
                };
                using var file = new FileStream(path, options);
                file.Write(Encoding.UTF8.GetBytes(content));
                environment[name] = path;
            }

            return written;
        }
        catch (UnauthorizedAccessException exception)
        {
            written.Dispose();
            throw new IOException(exception.Message, exception);
        }
        catch
        {
            written.Dispose();
            throw;
        }
    }

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

/// <summary>Gone when the command is.</summary>
internal sealed class WrittenSecrets(string? folder) : IDisposable
{
    public static WrittenSecrets None => new(null);

    public void Dispose()
    {
        if (folder is not null && Directory.Exists(folder))
        {
            SecretFiles.TryDelete(folder);
        }
    }
}
