using Hoop.Shared.Configuration;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// Finds out what stands between the gateway and its server. A pooler in transaction mode gives each transaction another session:
/// statements prepared in one are missing, or worse, others, in the next, and notifications reach nobody.
/// </summary>
public static class OwnSession
{
    [CrossOrg("Asks which server process answers.")]
    private const string ProcessSql = "SELECT pg_backend_pid()";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True when a pooler answers. The key data of the protocol's start-up names the server's process (PostgreSQL manual, 55.2.1,
    /// BackendKeyData); a pooler sends one of its own.
    /// </summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public static async Task<bool> IsPooled(NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        await using var connection = await Connect(address, cancellationToken);
        return await ProcessOf(connection, transaction: null, cancellationToken) != connection.ProcessID;
    }

    /// <summary>Refuses an address whose sessions change from one transaction to the next; for listening.</summary>
    /// <exception cref="ConfigurationException">Its sessions are not one's own.</exception>
    public static async Task Demand(
        NpgsqlConnectionStringBuilder address, string variable, string remedy, CancellationToken cancellationToken)
    {
        if (await IsPooled(address, cancellationToken) && !await Keeps(address, cancellationToken))
        {
            throw new ConfigurationException(variable, $"leads to a pooler in transaction mode (such as PgBouncer); {remedy}");
        }
    }

    // While a second connection is inside a transaction, the first must still be served by the process it had.
    private static async Task<bool> Keeps(NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await using var first = await Connect(address, limit.Token);
            await using var second = await Connect(address, limit.Token);
            var before = await ProcessOf(first, transaction: null, limit.Token);
            await using var transaction = await second.BeginTransactionAsync(limit.Token);
            return await ProcessOf(second, transaction, limit.Token) != before
                && await ProcessOf(first, transaction: null, limit.Token) == before;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is OperationCanceledException or NpgsqlException)
        {
            // One server session for all: the second transaction waits for the first one's end.
            return false;
        }
    }

    private static async Task<NpgsqlConnection> Connect(NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false, MaxAutoPrepare = 0 }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<int> ProcessOf(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ProcessSql, connection, transaction) { CommandTimeout = 10 };
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
