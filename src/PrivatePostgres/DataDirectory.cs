using System.Globalization;
using Hoop.Shared.Configuration;

namespace Hoop.PrivatePostgres;

/// <summary>The files of one PostgreSQL server, seen from outside.</summary>
internal static class DataDirectory
{
    private const string Variable = "HOOP_DATA_DIR";

    /// <summary>The major version that wrote the data; null when there is none yet.</summary>
    /// <exception cref="ConfigurationException">Something else lies there, or it belongs to somebody else.</exception>
    public static int? MajorVersion(string directory)
    {
        try
        {
            var file = Path.Combine(directory, "PG_VERSION");
            if (File.Exists(file))
            {
                return int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
                    ? major
                    : throw new ConfigurationException(Variable, $"{file} is damaged; restore {directory} from a backup");
            }

            return !Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any()
                ? null
                : throw new ConfigurationException(
                    Variable, $"{directory} holds files, but no PostgreSQL data; move it away, or name another folder");
        }
        catch (UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                Variable, $"{directory} belongs to another user; start the gateway as that user or as root, or name another folder");
        }
    }

    /// <summary>
    /// Makes an empty database. It gets its name when it is whole, so a start that was killed in between leaves only <c>postgres.new</c>,
    /// which the next one clears away.
    /// </summary>
    public static async Task Create(
        string directory,
        PostgresBinaries binaries,
        ServerUser user,
        ServerAccess access,
        bool durable,
        CancellationToken cancellationToken)
    {
        var unfinished = directory + ".new";
        Delete(unfinished);
        await user.CreateDirectory(unfinished, cancellationToken);
        string[] speed = durable ? [] : ["--no-sync", "--wal-segsize=1"];
        var programs = new ServerPrograms(binaries, user, unfinished);
        (await programs.Feed(
            "initdb",
            ["-D", ServerPrograms.Here, "-U", ServerAccess.Role, "-A", "scram-sha-256", "--pwfile=/dev/stdin", "-E", "UTF8", "--locale=C",
                "--data-checksums", .. speed],
            access.Password + "\n",
            cancellationToken))
            .Demand(Variable, $"PostgreSQL cannot make a database in {directory}");
        await access.WriteRules(programs, cancellationToken);
        Delete(directory);
        Directory.Move(unfinished, directory);
        if (durable)
        {
            // initdb has forced the files to disk, not the new name.
            (await Command.Run(["sync", Path.GetDirectoryName(directory)!], cancellationToken)).Demand(
                Variable, $"cannot force {directory} to disk");
        }
    }

    public static void Delete(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The process that wrote <c>postmaster.pid</c>; it may be long gone, and its number another's.</summary>
    public static int? ServerProcess(string directory)
    {
        try
        {
            var first = File.ReadLines(Path.Combine(directory, "postmaster.pid")).FirstOrDefault();
            return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var processId) && processId > 0
                ? processId
                : null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Why the server did not start, in its own words; null when it left none.</summary>
    public static string? StartFailure(string directory)
    {
        var lines = Lines([Path.Combine(directory, "start.log")]);
        if (lines.Exists(line => line.Contains("redirecting log output", StringComparison.Ordinal)))
        {
            var folder = new DirectoryInfo(Path.Combine(directory, "log"));
            lines = Lines(
                folder.Exists
                    ? folder.GetFiles("*.log").OrderByDescending(file => file.LastWriteTimeUtc).Take(1).Select(file => file.FullName)
                    : []);
        }

        foreach (var severity in (string[])["FATAL: ", "PANIC: "])
        {
            if (lines.FindLast(line => line.Contains(severity, StringComparison.Ordinal)) is { } fatal)
            {
                return fatal[(fatal.IndexOf(severity, StringComparison.Ordinal) + severity.Length)..].Trim();
            }
        }

        // Before its log is set up the server prints plain sentences, some over three lines.
        return lines.Count == 0
            ? null
            : string.Join(' ', lines.TakeLast(3)).Replace(ServerPrograms.Here, directory, StringComparison.Ordinal);

        static List<string> Lines(IEnumerable<string> files) => [.. files.Where(File.Exists).SelectMany(File.ReadLines)];
    }
}
