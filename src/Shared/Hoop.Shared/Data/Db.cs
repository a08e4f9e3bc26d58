using System.Data;
using Dapper;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// The way to the database: for one organization (<see cref="Of"/>), or across all of them (<see cref="AcrossOrgs"/>), over the pool
/// or over the transaction of the running command. One per scope; knows no table. Not for parallel use inside one scope.
/// </summary>
public sealed class Db(NpgsqlDataSource source)
{
    private Transaction? _ambient;

    /// <summary>True inside of a command.</summary>
    public bool InTransaction => _ambient is not null;

    /// <summary>Statements about one organization's rows, which name it as <c>@OrgId</c>; this binds it.</summary>
    public OrgDb Of(Guid orgId) => new(this, orgId);

    /// <summary>Statements that pass over all organizations; their constants say why (<see cref="CrossOrgAttribute"/>).</summary>
    public CrossOrgDb AcrossOrgs => new(this);

    internal async Task<T?> Find<T>(string sql, object? args, CancellationToken cancellationToken)
    {
        await using var use = await Use(cancellationToken);
        return await use.Connection.QuerySingleOrDefaultAsync<T>(Command(sql, args, cancellationToken));
    }

    internal async Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken)
    {
        await using var use = await Use(cancellationToken);
        return (await use.Connection.QueryAsync<T>(Command(sql, args, cancellationToken))).AsList();
    }

    internal async Task<int> Execute(string sql, object? args, CancellationToken cancellationToken)
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
            var nested = new Transaction(this, outer);
            await outer.Database.SaveAsync(nested.Savepoint, cancellationToken);
            return nested.Begun();
        }

        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            return new Transaction(this, connection, await connection.BeginTransactionAsync(cancellationToken)).Begun();
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
        _ambient is { } ambient
            ? new Lease(ambient.Connection, Owned: false)
            : new Lease(await source.OpenConnectionAsync(cancellationToken), Owned: true);

    /// <summary>The transaction of the running command, or the savepoint of a command inside it.</summary>
    public sealed class Transaction : IAsyncDisposable
    {
        private readonly Db _db;
        private readonly Transaction? _outer;
        private readonly int _depth;
        private bool _committed;

        internal Transaction(Db db, NpgsqlConnection connection, NpgsqlTransaction database) =>
            (_db, Connection, Database) = (db, connection, database);

        internal Transaction(Db db, Transaction outer)
            : this(db, outer.Connection, outer.Database) => (_outer, _depth) = (outer, outer._depth + 1);

        internal NpgsqlConnection Connection { get; }

        internal NpgsqlTransaction Database { get; }

        /// <summary>Each depth has its own: PostgreSQL rolls back to the newest savepoint of a name, whoever set it.</summary>
        internal string Savepoint => $"nested_command_{_depth}";

        internal Transaction Begun()
        {
            _db._ambient = this;
            return this;
        }

        public async Task Commit(CancellationToken cancellationToken)
        {
            await (_outer is null ? Database.CommitAsync(cancellationToken) : Database.ReleaseAsync(Savepoint, cancellationToken));
            _committed = true;
        }

        /// <summary>Undoes what was not committed.</summary>
        public async ValueTask DisposeAsync()
        {
            _db._ambient = _outer;
            if (_outer is null)
            {
                await Database.DisposeAsync();
                await Connection.DisposeAsync();
            }
            else if (!_committed && Connection.FullState.HasFlag(ConnectionState.Open))
            {
                try
                {
                    await Database.RollbackAsync(Savepoint, CancellationToken.None);
                    await Database.ReleaseAsync(Savepoint, CancellationToken.None);
                }
                catch (NpgsqlException) when (!Connection.FullState.HasFlag(ConnectionState.Open))
                {
                    // The connection broke, and the server has undone everything; the error that broke it is the one to be seen.
                }
            }
        }
    }

    private readonly record struct Lease(NpgsqlConnection Connection, bool Owned) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Owned ? Connection.DisposeAsync() : ValueTask.CompletedTask;
    }
}
