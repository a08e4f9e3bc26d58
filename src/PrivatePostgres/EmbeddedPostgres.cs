using System.Diagnostics;
using System.Globalization;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.PrivatePostgres;

/// <param name="DataDirectory"><c>HOOP_DATA_DIR</c>; made when absent. The server's files go into its folder <c>postgres</c>.</param>
public sealed record EmbeddedPostgresOptions(string DataDirectory)
{
    /// <summary><c>HOOP_POSTGRES_BIN</c>: the folder of the server's programs; null searches for them.</summary>
    public string? Binaries { get; init; }

    /// <summary>
    /// False for tests: nothing is forced to disk, and the database is removed when it is stopped or its process ends, even by kill
    /// -9.
    /// </summary>
    public bool Durable { get; init; } = true;
}

/// <summary>
/// The gateway's private PostgreSQL: in the data folder, reachable by a unix socket only, alive as long as the gateway. It runs in a
/// session of its own, so that Ctrl-C in the terminal reaches the gateway alone, which then stops it in order. After a kill -9 of the
/// gateway it is still there, and the next start takes it over.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Variable = "HOOP_DATA_DIR";
    private const string Database = "hoop";
    private const string SocketFolder = "socket";

    // Backends that outlive a killed postmaster still hold its shared memory; they notice its death and end.
    private const string MemoryInUse = "pre-existing shared memory block";

    [CrossOrg("Asks the server, before there is any organization.")]
    private const string DatabaseExistsSql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'hoop')";

    [CrossOrg("Makes the database, before there is any organization.")]
    private const string CreateDatabaseSql = "CREATE DATABASE hoop";

    // Crash recovery replays up to max_wal_size (1 GB), which takes a slow disk minutes.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
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

    private readonly EmbeddedPostgresOptions _options;
    private readonly ILogger _logger;
    private readonly FileStream _claim;
    private readonly string _directory;
    private readonly ServerPrograms _programs;
    private readonly ServerAccess _access;
    private readonly SocketPath _socket;
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _guard;
    private int _stopped;

    private EmbeddedPostgres(
        EmbeddedPostgresOptions options, ILogger logger, FileStream claim, string directory, ServerPrograms programs, ServerAccess access)
    {
        (_options, _logger, _claim, _directory, _programs, _access) = (options, logger, claim, directory, programs, access);
        _socket = SocketPath.To(Path.Combine(directory, SocketFolder));
    }

    /// <summary>The way to the gateway's database; a new copy each time, to be completed freely.</summary>
    public NpgsqlConnectionStringBuilder Connection => ConnectionTo(Database);

    /// <summary>
    /// Makes the database when there is none, starts the server or takes over the one that a killed gateway left, and waits until it
    /// answers.
    /// </summary>
    /// <exception cref="ConfigurationException">What the operator can put right, in one line.</exception>
    public static async Task<EmbeddedPostgres> Start(EmbeddedPostgresOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ConfigurationException("HOOP_DATABASE_URL", "must be set: the embedded PostgreSQL runs on Linux only");
        }

        var folder = Path.GetFullPath(options.DataDirectory);
        var claim = FolderClaim.Take(folder);
        EmbeddedPostgres? server = null;
        try
        {
            var directory = Path.Combine(folder, "postgres");
            var user = await ServerUser.Choose(directory, cancellationToken);
            var present = DataDirectory.MajorVersion(directory);
            var binaries = PostgresBinaries.Find(options.Binaries, present);
            var access = ServerAccess.Of(folder, directory);
            if (present is null)
            {
                logger.LogInformation("Creating a database with PostgreSQL {Version} in {Directory}", binaries.Version, directory);
                await DataDirectory.Create(directory, binaries, user, access, options.Durable, cancellationToken);
            }

            server = new EmbeddedPostgres(options, logger, claim, directory, new ServerPrograms(binaries, user, directory), access);
            await server.Run(binaries, cancellationToken);
            return server;
        }
        catch
        {
            await (server?.Stop() ?? claim.DisposeAsync().AsTask());
            throw;
        }
    }

    /// <summary>Starts the server again when it is gone, because it was killed or broke down. True when that was needed.</summary>
    /// <exception cref="ConfigurationException">It does not start; trying again later is worth it.</exception>
    public async Task<bool> Revive(CancellationToken cancellationToken)
    {
        if (DataDirectory.ServerProcess(_directory) is { } processId && ServerProcess.Lives(processId))
        {
            return false;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_stopped == 1 || await RunningServer(cancellationToken) is not null)
            {
                return false;
            }

            await Launch(cancellationToken);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Stops the server in order: sessions end, what they left open is undone, the data is checkpointed. Does not throw; bounded.
    /// </summary>
    public async Task Stop()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
        {
            return;
        }

        // A revival on its way ends first; the gate stays shut, so none comes after.
        await _turn.WaitAsync(CancellationToken.None);
        if (await RunningServer(CancellationToken.None) is not null && !await Halt("fast") && !await Halt("immediate"))
        {
            _logger.LogError("PostgreSQL in {Directory} does not stop; the next start takes it over", _directory);
        }

        if (!_options.Durable)
        {
            _guard?.Kill();
            _guard?.Dispose();
            DataDirectory.Delete(_directory);
        }

        _socket.Dispose();
        await _claim.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await Stop();

    private async Task Run(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        if (!_options.Durable)
        {
            _guard = _programs.Guard();
        }

        var watch = Stopwatch.StartNew();
        if (await TakeOver(cancellationToken))
        {
            _logger.LogInformation("Took over the PostgreSQL that an earlier gateway left running in {Directory}", _directory);
        }
        else
        {
            await Launch(cancellationToken);
            _logger.LogInformation(
                "PostgreSQL {Version} started in {Milliseconds} ms, data in {Directory}",
                binaries.Version,
                watch.ElapsedMilliseconds,
                _directory);
        }

        await using var connection = new NpgsqlConnection(ConnectionTo("postgres").ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand(DatabaseExistsSql, connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
        {
            await using var create = new NpgsqlCommand(CreateDatabaseSql, connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    // False: none is running any more.
    private async Task<bool> TakeOver(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (await RunningServer(cancellationToken) is { } processId)
        {
            // Nobody can sign in to that one any more.
            if (_access.IsLost && await Halt("fast"))
            {
                return false;
            }

            if (await Answers(cancellationToken))
            {
                return true;
            }

            if (watch.Elapsed > StartLimit)
            {
                throw new ConfigurationException(
                    Variable,
                    $"the PostgreSQL that runs in {_directory} (process {processId}) does not answer; stop it, then start the gateway again");
            }

            await Task.Delay(Pause, cancellationToken);
        }

        return false;
    }

    private async Task<bool> Answers(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionTo("postgres").ConnectionString + ";Pooling=false;Timeout=5");
            await connection.OpenAsync(cancellationToken);
            await (_access.IsSet ? Task.CompletedTask : _access.SetOnline(_programs, connection, cancellationToken));
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task Launch(CancellationToken cancellationToken)
    {
        // No server runs here, so these are of one that was killed. PostgreSQL itself would take its two lock files seriously as long as
        // any process of the same user, or the unburied remains of the server, has the number in them.
        File.Delete(Path.Combine(_directory, "postmaster.pid"));
        DataDirectory.Delete(Path.Combine(_directory, SocketFolder));
        (await _programs.Prepare(SocketFolder, cancellationToken)).Demand(Variable, $"cannot write to {_directory}");
        await (_access.IsSet ? Task.CompletedTask : _access.SetOffline(_programs, cancellationToken));

        var settings = string.Join(
            ' ', Settings.Concat(_options.Durable ? DurableSettings : ThrowAwaySettings).Select(setting => $"-c {setting}"));
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var log = Path.Combine(_directory, "start.log");
            File.Delete(log);
            var outcome = await _programs.Run(
                "pg_ctl",
                ["start", "-D", ServerPrograms.Here, "-l", $"{ServerPrograms.Here}/start.log", "-o", settings, "-w", "-s", "-t",
                    Seconds(StartLimit)],
                cancellationToken);
            if (outcome.ExitCode == 0)
            {
                return;
            }

            var reason = DataDirectory.StartFailure(_directory);
            if (reason?.Contains(MemoryInUse, StringComparison.Ordinal) != true || watch.Elapsed > StopLimit)
            {
                throw new ConfigurationException(
                    Variable, $"PostgreSQL does not start in {_directory}: {reason ?? Command.LastLine(outcome.Output)}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<int?> RunningServer(CancellationToken cancellationToken) =>
        DataDirectory.ServerProcess(_directory) is { } processId && await _programs.IsServedBy(processId, cancellationToken)
            ? processId
            : null;

    private async Task<bool> Halt(string mode) =>
        (await _programs.Run("pg_ctl", ["stop", "-D", ServerPrograms.Here, "-m", mode, "-w", "-s", "-t", Seconds(StopLimit)],
            CancellationToken.None)).ExitCode == 0;

    private NpgsqlConnectionStringBuilder ConnectionTo(string database) =>
        new() { Host = _socket.Folder, Port = 5432, Username = ServerAccess.Role, Password = _access.Password, Database = database,
            SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable };

    private static string Seconds(TimeSpan time) => ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
