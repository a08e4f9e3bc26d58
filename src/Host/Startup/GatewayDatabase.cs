using System.Diagnostics;
using Hoop.Host.Logging;
using Hoop.PrivatePostgres;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Npgsql;

namespace Hoop.Host.Startup;

/// <summary>The database of this process: the one of <c>HOOP_DATABASE_URL</c>, or a private PostgreSQL in the data folder.</summary>
internal sealed class GatewayDatabase(GatewayOptions options, IConfiguration configuration, DatabaseAddress address) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private ILoggerFactory? _logging;
    private EmbeddedPostgres? _server;
    private PostgresWatch? _watch;
    private Task? _sought;

    /// <summary>
    /// Begins to look for the database of <c>HOOP_DATABASE_URL</c>: to load the driver takes as long as to compose the gateway, which goes
    /// on meanwhile. <see cref="Open"/> tells what was wrong.
    /// </summary>
    public void Seek()
    {
        if (options.DatabaseUrl is { } url)
        {
            _sought = Task.Run(() => Probe(ConnectionText.Parse(url), CancellationToken.None));
        }
    }

    /// <summary>Finds or starts the database and waits until it answers.</summary>
    /// <exception cref="ConfigurationException">It cannot be reached, refuses us, or cannot be started.</exception>
    public async Task Open(CancellationToken cancellationToken)
    {
        if (options.DatabaseUrl is null)
        {
            await StartPrivate(cancellationToken);
            return;
        }

        address.Connection = ConnectionText.Parse(options.DatabaseUrl);
        address.Listen = options.DatabaseListenUrl is { } listen ? ConnectionText.Parse(listen, "HOOP_DATABASE_LISTEN_URL") : null;
        await WaitUntilReachable(cancellationToken);
        try
        {
            await FindPooler(cancellationToken);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            throw new ConfigurationException(
                address.Listen is null ? "HOOP_DATABASE_URL" : "HOOP_DATABASE_LISTEN_URL",
                $"the database cannot be reached: {exception.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _logging?.Dispose();
    }

    private async Task StartPrivate(CancellationToken cancellationToken)
    {
        DataFolder.Prepare(options.DataDirectory);
        _logging = LoggerFactory.Create(builder => builder.AddHoopLogging(options));
        var logger = _logging.CreateLogger<EmbeddedPostgres>();
        _server = await EmbeddedPostgres.Start(
            new EmbeddedPostgresOptions(options.DataDirectory) { Binaries = configuration.Text(PostgresBinaries.Variable) }, logger,
                cancellationToken);
        _watch = new PostgresWatch(_server, logger);
        address.Connection = _server.Connection;
    }

    private async Task FindPooler(CancellationToken cancellationToken)
    {
        address.IsPooled = await OwnSession.IsPooled(address.Connection, cancellationToken);
        if (address.Listen is { } listen)
        {
            await OwnSession.Demand(listen, "HOOP_DATABASE_LISTEN_URL", "name the address of the server itself", cancellationToken);
        }
        else if (address.IsPooled)
        {
            await OwnSession.Demand(
                address.Connection,
                "HOOP_DATABASE_URL",
                "set HOOP_DATABASE_LISTEN_URL to the address of the server itself: what other gateways change is heard over a session of one's own",
                cancellationToken);
        }
    }

    private static async Task Probe(NpgsqlConnectionStringBuilder connection, CancellationToken cancellationToken)
    {
        var alone = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false, Timeout = 5 };
        await using var probe = new NpgsqlConnection(alone.ConnectionString);
        await probe.OpenAsync(cancellationToken);
    }

    // Orchestrators start the database and the gateway at once; a short wait is kinder than a crash loop.
    private async Task WaitUntilReachable(CancellationToken cancellationToken)
    {
        var (started, told) = (Stopwatch.GetTimestamp(), 0);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var silence = new Timer(_ => Tell("it does not answer yet"), state: null, Silence, Timeout.InfiniteTimeSpan);
        while (true)
        {
            try
            {
                await (Interlocked.Exchange(ref _sought, null)?.WaitAsync(limit.Token) ?? Probe(address.Connection, limit.Token));
                return;
            }
            catch (PostgresException exception) when (!DatabaseErrors.IsUnavailable(exception))
            {
                throw new ConfigurationException("HOOP_DATABASE_URL", exception.MessageText);
            }
            catch (NpgsqlException exception) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                Tell(exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            }
            catch (NpgsqlException exception)
            {
                throw new ConfigurationException("HOOP_DATABASE_URL", $"the database cannot be reached: {exception.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ConfigurationException(
                    "HOOP_DATABASE_URL",
                    $"the database cannot be reached: it accepts the connection and does not answer within {Patience.TotalSeconds:0} s");
            }
        }

        void Tell(string reason)
        {
            if (Interlocked.Exchange(ref told, 1) == 0)
            {
                Console.Error.WriteLine(
                    $"hoop-gateway: waiting up to {Patience.TotalSeconds:0} s for the database: {reason.ReplaceLineEndings(" ")}");
            }
        }
    }
}
