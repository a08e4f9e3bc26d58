using Dapper;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// The way to the database: three verbs over the pool, or over the transaction of the running command. One per scope; knows no table.
/// Not for parallel use inside one scope.
/// </summary>
public sealed class Db(NpgsqlDataSource source)
{
    private Transaction? _ambient;

    /// <summary>The only row, or the default value when there is none.</summary>
    /// <exception cref="InvalidOperationException">More than one row came back.</exception>
    public async Task<T?> Find<T>(string sql, object? args, CancellationToken cancellationToken)
    {
        await using var use = await Use(cancellationToken);
        return await use.Connection.QuerySingleOrDefaultAsync<T>(Command(sql, args, cancellationToken));
    }

    public async Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken)
    {
        await using var use = await Use(cancellationToken);
        return (await use.Connection.QueryAsync<T>(Command(sql, args, cancellationToken))).AsList();
    }

    /// <summary>The number of rows that were written.</summary>
    public async Task<int> Execute(string sql, object? args, CancellationToken cancellationToken)
    {
        await using var use = await Use(cancellationToken);
        return await use.Connection.ExecuteAsync(Command(sql, args, cancellationToken));
    }

    /// <summary>
    /// Begins a transaction that everything in this scope uses until it is disposed; without a commit it is undone.
    /// Inside another one it is a savepoint.
    /// </summary>
    public async Task<Transaction> Begin(CancellationToken cancellationToken)
    {
        if (_ambient is { } outer)
        {
            await outer.Database.SaveAsync(Transaction.Savepoint, cancellationToken);
            return new Transaction(this, outer.Connection, outer.Database, outer);
        }

        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            return new Transaction(this, connection, await connection.BeginTransactionAsync(cancellationToken), outer: null);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private CommandDefinition Command(string sql, object? args, CancellationToken cancellationToken) =>
        new(sql, args, _ambient?.Database, cancellationToken: cancellationToken);

    private async ValueTask<Lease> Use(CancellationToken cancellationToken) =>
        _ambient is { } ambient ? new Lease(ambient.Connection, Owned: false) : new Lease(await source.OpenConnectionAsync(cancellationToken), Owned: true);

    /// <summary>The transaction of the running command.</summary>
    public sealed class Transaction : IAsyncDisposable
    {
        internal const string Savepoint = "nested_command";

        private readonly Db _db;
        private readonly Transaction? _outer;
        private bool _committed;

        internal Transaction(Db db, NpgsqlConnection connection, NpgsqlTransaction database, Transaction? outer)
        {
            (_db, Connection, Database, _outer) = (db, connection, database, outer);
            db._ambient = this;
        }

        internal NpgsqlConnection Connection { get; }

        internal NpgsqlTransaction Database { get; }

        public async Task Commit(CancellationToken cancellationToken)
        {
            await (_outer is null ? Database.CommitAsync(cancellationToken) : Database.ReleaseAsync(Savepoint, cancellationToken));
            _committed = true;
        }

        public async ValueTask DisposeAsync()
        {
            _db._ambient = _outer;
            if (_outer is null)
            {
                await Database.DisposeAsync();
                await Connection.DisposeAsync();
            }
            else if (!_committed)
            {
                await Database.RollbackAsync(Savepoint, CancellationToken.None);
            }
        }
    }

    private readonly record struct Lease(NpgsqlConnection Connection, bool Owned) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Owned ? Connection.DisposeAsync() : ValueTask.CompletedTask;
    }
}
