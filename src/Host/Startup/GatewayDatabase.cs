using System.Diagnostics;
using Hoop.Host.Logging;
using Hoop.PrivatePostgres;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Npgsql;

namespace Hoop.Host.Startup;

/// <summary>The database of this process: the one of <c>HOOP_DATABASE_URL</c>, or a private PostgreSQL in the data folder.</summary>
internal sealed class GatewayDatabase(NpgsqlConnectionStringBuilder connection, EmbeddedPostgres? server = null, PostgresWatch? watch = null) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public NpgsqlConnectionStringBuilder Connection { get; } = connection;

    /// <exception cref="ConfigurationException">A variable is wrong, or the private PostgreSQL cannot be started.</exception>
    public static async Task<GatewayDatabase> Open(CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddEnvironmentVariables()
            .Build();
        var options = GatewayOptions.From(configuration);
        DataFolder.Prepare(options.DataDirectory);
        if (options.DatabaseUrl is { } url)
        {
            return new GatewayDatabase(ConnectionText.Parse(url));
        }

        var logger = LoggerFactory.Create(builder => builder.AddHoopLogging(options)).CreateLogger<EmbeddedPostgres>();
        var server = await EmbeddedPostgres.Start(
            new EmbeddedPostgresOptions(options.DataDirectory) { Binaries = configuration.Text(PostgresBinaries.Variable) },
            logger,
            cancellationToken);
        return new GatewayDatabase(server.Connection, server, new PostgresWatch(server, logger));
    }

    public async ValueTask DisposeAsync()
    {
        if (watch is not null)
        {
            await watch.DisposeAsync();
        }

        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Orchestrators start the database and the gateway at once; a short wait is kinder than a crash loop.</summary>
    /// <exception cref="ConfigurationException">It cannot be reached, or refuses us.</exception>
    public async Task WaitUntilReachable(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var told = false; ;)
        {
            try
            {
                await using var probe = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connection.ConnectionString) { Pooling = false, Timeout = 5 }.ConnectionString);
                await probe.OpenAsync(cancellationToken);
                return;
            }
            catch (PostgresException exception) when (!DatabaseErrors.IsUnavailable(exception))
            {
                throw new ConfigurationException("HOOP_DATABASE_URL", exception.MessageText);
            }
            catch (NpgsqlException exception) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                if (!told)
                {
                    await Console.Error.WriteLineAsync($"hoop-gateway: waiting up to {Patience.TotalSeconds:0} s for the database: {exception.Message}");
                    told = true;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            }
            catch (NpgsqlException exception)
            {
                throw new ConfigurationException("HOOP_DATABASE_URL", $"the database cannot be reached: {exception.Message}");
            }
        }
    }
}
