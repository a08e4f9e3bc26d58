using System.Diagnostics;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.PrivatePostgres;

/// <summary>
/// The gateway's private PostgreSQL: in the data folder, reachable by a unix socket only, alive as long as the gateway. It runs in a
/// session of its own, so that Ctrl-C in the terminal reaches the gateway alone, which then stops it in order. After a kill -9 of the
/// gateway it is still there, and the next start takes it over.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Variable = "HOOP_DATA_DIR";
    private const string Database = "hoop";

    [CrossOrg("Asks the server, before there is any organization.")]
    private const string DatabaseExistsSql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'hoop')";

    [CrossOrg("Makes the database, before there is any organization.")]
    private const string CreateDatabaseSql = "CREATE DATABASE hoop";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly EmbeddedPostgresOptions _options;
    private readonly ILogger _logger;
    private readonly FileStream _claim;
    private readonly string _directory;
    private readonly ServerPrograms _programs;
    private readonly ServerAccess _access;
    private readonly ServerControl _control;
    private readonly SocketPath _socket;
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _guard;
    private int _stopped;

    private EmbeddedPostgres(
        EmbeddedPostgresOptions options, ILogger logger, FileStream claim, string directory, ServerPrograms programs, ServerAccess access)
    {
        (_options, _logger, _claim, _directory, _programs, _access) = (options, logger, claim, directory, programs, access);
        _control = new ServerControl(directory, options.Durable, programs, access);
        _socket = SocketPath.To(Path.Combine(directory, ServerControl.SocketFolder));
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

            await _control.Start(cancellationToken);
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
        if (await RunningServer(CancellationToken.None) is not null && !await _control.Stop("fast") && !await _control.Stop("immediate"))
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
            await _control.Start(cancellationToken);
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
            if (_access.IsLost && await _control.Stop("fast"))
            {
                return false;
            }

            if (await Answers(cancellationToken))
            {
                return true;
            }

            if (watch.Elapsed > ServerControl.StartLimit)
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

    private async Task<int?> RunningServer(CancellationToken cancellationToken) =>
        DataDirectory.ServerProcess(_directory) is { } processId && await _programs.IsServedBy(processId, cancellationToken)
            ? processId
            : null;

    private NpgsqlConnectionStringBuilder ConnectionTo(string database) =>
        new() { Host = _socket.Folder, Port = 5432, Username = ServerAccess.Role, Password = _access.Password, Database = database,
            SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable };
}
