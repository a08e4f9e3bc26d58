using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// One gateway at a time changes what all gateways of a database share: the schema, the agreements. The lock belongs to a transaction, not
/// to the session: behind a pooler in transaction mode a session lock stays with whichever server connection happened to serve it.
/// </summary>
internal sealed class StartLock : IAsyncDisposable
{
    // Any fixed number will do; this one spells "hoop" in ASCII. Gateways of every version take the same one.
    public const long Key = 0x686F6F70;

    // Migrations may take long and may not wait long: a lock that waits blocks everybody behind it.
    [CrossOrg("Sets limits of the session.")]
    private const string LimitsSql = """
        SET LOCAL statement_timeout = 0;
        SET LOCAL idle_in_transaction_session_timeout = 0;
        SET LOCAL lock_timeout = '10s'
        """;

    [CrossOrg("Takes the lock of the whole database.")]
    private const string TryLockSql = "SELECT pg_try_advisory_xact_lock(@Key)";

    [CrossOrg("Asks the server who holds the lock of the whole database.")]
    private const string HolderSql = """
        SELECT format('process %s (%s, %s)', activity.pid, coalesce(nullif(activity.application_name, ''), 'unnamed'), activity.state)
        FROM pg_catalog.pg_locks AS held
        JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
        WHERE held.locktype = 'advisory' AND held.granted AND held.classid = 0 AND held.objid = @Key
          AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        LIMIT 1
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(10);

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private StartLock(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

    /// <summary>How long another gateway's migration may take.</summary>
    public static TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(5);

    /// <exception cref="MigrationException">Somebody else holds the lock for longer than <see cref="Patience"/>.</exception>
    public static async Task<StartLock> Take(NpgsqlDataSource source, ILogger logger, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var (started, told) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
            while (true)
            {
                var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await connection.ExecuteAsync(
                    new CommandDefinition(LimitsSql, transaction: transaction, cancellationToken: cancellationToken));
                if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition(TryLockSql, new { Key }, transaction,
                    cancellationToken: cancellationToken)))
                {
                    return new StartLock(connection, transaction);
                }

                var holder = await connection.ExecuteScalarAsync<string?>(
                    new CommandDefinition(HolderSql, new { Key }, transaction, cancellationToken: cancellationToken));
                await transaction.DisposeAsync();
                var waited = Stopwatch.GetElapsedTime(started);
                if (waited > Patience)
                {
                    throw new MigrationException(
                        $"another session has held the start lock of this database for {waited.TotalSeconds:0} s: {holder ?? "unknown"}; let it end, or end it with pg_terminate_backend, and start again");
                }

                if (waited >= told)
                {
                    logger.LogInformation("Waiting for the start lock of the database, held by {Holder}", holder ?? "unknown");
                    told = waited + Telling;
                }

                await Task.Delay(Pause, cancellationToken);
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken) =>
        (await _connection.QueryAsync<T>(Command(sql, args, cancellationToken))).AsList();

    public Task<T?> Find<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _connection.ExecuteScalarAsync<T>(Command(sql, args, cancellationToken));

    public Task Execute(string sql, object? args, CancellationToken cancellationToken) =>
        _connection.ExecuteAsync(Command(sql, args, cancellationToken));

    public Task Commit(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    /// <summary>Undoes what was not committed; throws nothing, so that the error that led here is the one that is seen.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _transaction.DisposeAsync();
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The connection broke; the server has undone everything.
        }

        await _connection.DisposeAsync();
    }

    private CommandDefinition Command(string sql, object? args, CancellationToken cancellationToken) =>
        new(sql, args, _transaction, commandTimeout: 0, cancellationToken: cancellationToken);
}
