using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Hoop.Shared.Configuration;

namespace Hoop.PrivatePostgres;

/// <summary>A folder with the server's programs.</summary>
/// <param name="Folder">Holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="Version">As the server prints it: <c>15.18</c>.</param>
/// <param name="Major">Decides which data directories it can open.</param>
public sealed partial record PostgresBinaries(string Folder, string Version, int Major)
{
    public const string Variable = "HOOP_POSTGRES_BIN";

    private const int OldestMajor = 15;
    private const string DebianRoot = "/usr/lib/postgresql";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// The folder that the operator names; otherwise PATH, then Debian's folders, the highest version first. With existing data the
    /// first one of the same major version, because no other can open it.
    /// </summary>
    /// <param name="named">The value of <c>HOOP_POSTGRES_BIN</c>.</param>
    /// <param name="dataMajor">The major version that wrote the data; null before the first start.</param>
    /// <exception cref="ConfigurationException">No usable programs on this machine.</exception>
    public static PostgresBinaries Find(string? named, int? dataMajor)
    {
        if (named is not null && !IsComplete(named))
        {
            throw new ConfigurationException(
                Variable,
                $"{named} does not hold {string.Join(", ", Programs)}; name the server's bin folder, such as {DebianRoot}/15/bin");
        }

        var found = (named is null ? SearchFolders().Where(IsComplete) : [named]).Select(Probe).ToList();
        if (found.Count == 0)
        {
            throw new ConfigurationException(
                Variable,
                $"PostgreSQL {OldestMajor} or newer is not installed; install it (Debian: apt-get install postgresql), name its bin folder here, or set HOOP_DATABASE_URL");
        }

        if (dataMajor is { } major)
        {
            return found.Find(candidate => candidate.Major == major)
                ?? throw new ConfigurationException(
                    "HOOP_DATA_DIR",
                    $"was written by PostgreSQL {major}, but this machine has {Versions(found)}; install PostgreSQL {major}, or move the data with pg_upgrade");
        }

        return found.Find(candidate => candidate.Major >= OldestMajor)
            ?? throw new ConfigurationException(
                Variable,
                $"PostgreSQL {OldestMajor} or newer is needed, but this machine has {Versions(found)}; install a newer one, or set HOOP_DATABASE_URL");
    }

    private static string Versions(IEnumerable<PostgresBinaries> found) =>
        string.Join(", ", found.Select(candidate => candidate.Version).Distinct());

    private static IEnumerable<string> SearchFolders()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathRooted);
        var debian = Directory.Exists(DebianRoot) ? Directory.GetDirectories(DebianRoot) : [];
        return path.Concat(debian.OrderByDescending(MajorOf).Select(folder => Path.Combine(folder, "bin")));

        static int MajorOf(string folder) =>
            int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;
    }

    private static bool IsComplete(string folder) =>
        Path.IsPathRooted(folder) && Array.TrueForAll(Programs, program => File.Exists(Path.Combine(folder, program)));

    private static PostgresBinaries Probe(string folder)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(Path.Combine(folder, "postgres"), ["--version"])
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    WorkingDirectory = "/"
                })!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            var version = VersionNumber().Match(text);
            return version.Success
                ? new PostgresBinaries(folder, version.Value, int.Parse(version.Groups["major"].ValueSpan, CultureInfo.InvariantCulture))
                : throw new ConfigurationException(Variable, $"{folder}/postgres --version does not print a version");
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new ConfigurationException(Variable, $"{folder}/postgres cannot be run: {failure.Message}");
        }
    }

    // 15.18, and 18beta1 or 18rc1 before a release.
    [GeneratedRegex(@"(?<major>\d{1,3})(\.\d+|beta\d+|rc\d+|devel)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionNumber();
}
