using System.Diagnostics;
using System.Globalization;
using Hoop.Shared.Configuration;

namespace Hoop.PrivatePostgres;

/// <summary>Starts and stops the server of one folder, with <c>pg_ctl</c>.</summary>
/// <param name="directory">The server's own.</param>
/// <param name="isDurable">Everything is forced to disk.</param>
internal sealed class ServerControl(string directory, bool isDurable, ServerPrograms programs, ServerAccess access)
{
    /// <summary>Below the server's own folder.</summary>
    public const string SocketFolder = "socket";

    private const string Variable = "HOOP_DATA_DIR";

    // Backends that outlive a killed postmaster still hold its shared memory; they notice its death and end.
    private const string MemoryInUse = "pre-existing shared memory block";

    /// <summary>Crash recovery replays up to max_wal_size (1 GB), which takes a slow disk minutes.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // DETAIL of an error repeats the values of the row: terse leaves it out of the log.
    private static readonly string[] Settings =
    [
        "listen_addresses=", "port=5432", $"unix_socket_directories={SocketFolder}", "unix_socket_permissions=0700", "max_connections=200",
        "timezone=UTC", "log_timezone=UTC", "log_error_verbosity=terse",
    ];

    // One log file a weekday, each emptied before it is written again.
    private static readonly string[] DurableSettings =
        ["logging_collector=on", "log_directory=log", "log_filename=%a.log", "log_truncate_on_rotation=on", "log_rotation_age=1d",
            "log_rotation_size=0"];

    private static readonly string[] ThrowAwaySettings =
        ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "logging_collector=off"];

    /// <summary>No server runs there. Ends when it answers.</summary>
    /// <exception cref="ConfigurationException">It does not start, with the server's reason.</exception>
    public async Task Start(CancellationToken cancellationToken)
    {
        // No server runs here, so these are of one that was killed. PostgreSQL itself would take its two lock files seriously as long as
        // any process of the same user, or the unburied remains of the server, has the number in them.
        File.Delete(Path.Combine(directory, "postmaster.pid"));
        DataDirectory.Delete(Path.Combine(directory, SocketFolder));
        (await programs.Prepare(SocketFolder, cancellationToken)).Demand(Variable, $"cannot write to {directory}");
        await (access.IsSet ? Task.CompletedTask : access.SetOffline(programs, cancellationToken));

        var settings = string.Join(
            ' ', Settings.Concat(isDurable ? DurableSettings : ThrowAwaySettings).Select(setting => $"-c {setting}"));
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var log = Path.Combine(directory, "start.log");
            File.Delete(log);
            var outcome = await programs.Run(
                "pg_ctl",
                ["start", "-D", ServerPrograms.Here, "-l", $"{ServerPrograms.Here}/start.log", "-o", settings, "-w", "-s", "-t",
                    Seconds(StartLimit)],
                cancellationToken);
            if (outcome.ExitCode == 0)
            {
                return;
            }

            var reason = DataDirectory.StartFailure(directory);
            if (reason?.Contains(MemoryInUse, StringComparison.Ordinal) != true || watch.Elapsed > StopLimit)
            {
                throw new ConfigurationException(
                    Variable, $"PostgreSQL does not start in {directory}: {reason ?? Command.LastLine(outcome.Output)}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <param name="mode">Of <c>pg_ctl stop</c>: <c>fast</c> or <c>immediate</c>.</param>
    /// <returns>False: it still runs.</returns>
    public async Task<bool> Stop(string mode) =>
        (await programs.Run("pg_ctl", ["stop", "-D", ServerPrograms.Here, "-m", mode, "-w", "-s", "-t", Seconds(StopLimit)],
            CancellationToken.None)).ExitCode == 0;

    private static string Seconds(TimeSpan time) => ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
