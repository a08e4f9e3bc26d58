using Hoop.Shared.Data;
using Npgsql;

namespace Hoop.Host.Startup;

/// <summary>Where the gateway's database is. Filled before the first connection is asked for.</summary>
internal sealed class DatabaseAddress
{
    private NpgsqlConnectionStringBuilder? _connection;

    public NpgsqlConnectionStringBuilder Connection
    {
        get => _connection ?? throw new InvalidOperationException("The database was asked for before the gateway had one.");
        set => _connection = value;
    }

    /// <summary><c>HOOP_DATABASE_LISTEN_URL</c>: the server itself, where the other address leads through a pooler.</summary>
    public NpgsqlConnectionStringBuilder? Listen { get; set; }

    /// <summary>A pooler stands between the gateway and the server.</summary>
    public bool IsPooled { get; set; }

    public NpgsqlDataSource Open() => ConnectionText.Open(Connection, IsPooled);

    /// <summary>
    /// For what gateways tell each other, which must not wait behind requests: a gateway that is busy would look like one that is gone.
    /// </summary>
    public NpgsqlDataSource OpenForMemory() =>
        ConnectionText.Open(new NpgsqlConnectionStringBuilder(Connection.ConnectionString) { MaxPoolSize = 4 }, IsPooled);

    /// <summary>For LISTEN: a connection that is its own from beginning to end, and never one of the pool.</summary>
    public NpgsqlDataSource OpenListening() =>
        ConnectionText.Open(
            new NpgsqlConnectionStringBuilder((Listen ?? Connection).ConnectionString) { Pooling = false },
            pooled: IsPooled && Listen is null);
}
