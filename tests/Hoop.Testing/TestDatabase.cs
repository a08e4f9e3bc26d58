using Npgsql;

namespace Hoop.Testing;

/// <summary>
/// The migrated database of one fixture or test.
/// <code>
/// await using var database = await TestPostgres.CreateDatabase();
/// await using var gateway = await TestGateway.Start(connection: database.Connection);
/// </code>
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly MigratedRows _rows;
    private Func<ValueTask>? _giveBack;

    internal TestDatabase(NpgsqlConnectionStringBuilder connection, MigratedRows rows, Func<ValueTask>? giveBack) =>
        (_connection, _rows, _giveBack) = (connection, rows, giveBack);

    /// <summary>A copy; what a test changes in it is its own.</summary>
    public NpgsqlConnectionStringBuilder Connection => new(_connection.ConnectionString);

    /// <summary>
    /// Leaves the rows that migrations made and no other, between tests of a fixture that need a clean database. Gateways on it must be
    /// gone: they know of rows that are no more.
    /// </summary>
    public async Task Reset()
    {
        await using var connection = await Open(_connection);
        await _rows.Reset(connection);
    }

    public ValueTask DisposeAsync()
    {
        var giveBack = _giveBack;
        _giveBack = null;
        return giveBack?.Invoke() ?? ValueTask.CompletedTask;
    }

    internal static async Task<NpgsqlConnection> Open(NpgsqlConnectionStringBuilder address)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
