using Hoop.Shared.Memory;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// The way to the database: for one organization (<see cref="Of"/>), or across all of them (<see cref="AcrossOrgs"/>), over the pool
/// or over the transaction of the running command. One per scope; knows no table. Not for parallel use inside one scope.
/// </summary>
public sealed class Db(NpgsqlDataSource source)
{
    private Transaction? _ambient;
    private List<Change>? _changes;
    private int? _patience;

    /// <summary>True inside of a command, until it is committed.</summary>
    public bool InTransaction => _ambient is { IsComplete: false };

    /// <summary>True when so much was deferred that the next statement should be sent, and take it along.</summary>
    public bool IsCrowded => _ambient is { Link.IsCrowded: true };

    /// <summary>Statements about one organization's rows, which name it as <c>@OrgId</c>; this binds it.</summary>
    public OrgDb Of(Guid orgId) => new(this, orgId);

    /// <summary>Statements that pass over all organizations; their constants say why (<see cref="CrossOrgAttribute"/>).</summary>
    public CrossOrgDb AcrossOrgs => new(this);

    /// <summary>
    /// Says that something of <paramref name="topic"/> changes, for everybody who remembers or follows it. It is told after the commit
    /// and before the command's answer, which waits until every gateway has confirmed. Call it before looking at what the statement
    /// found: a repeated call that finds nothing left to do must not answer before the first one is confirmed.
    /// </summary>
    /// <param name="key">Which one; null: any of the topic. No secret: everybody with a connection to the database can listen.</param>
    public void Announce(string topic, string? key) => (_changes ??= []).Add(new Change(topic, key));

    /// <summary>What was announced in this scope and is not sent yet; taking it makes it the taker's to send.</summary>
    public IReadOnlyCollection<Change> TakeAnnounced()
    {
        var changes = _changes;
        _changes = null;
        return changes ?? [];
    }

    /// <summary>
    /// Until it is disposed, a statement outside of a transaction ends after <paramref name="seconds"/>, which is then a database that is
    /// not available. The time for getting a connection is limited for every statement.
    /// </summary>
    internal IDisposable EachWithin(int seconds)
    {
        var before = _patience;
        _patience = seconds;
        return new Patience(this, before);
    }

    internal Task<T?> Find<T>(Call call, CancellationToken cancellationToken) =>
        Run(call, static (statement, reader, token) => Rows.Only<T>(statement, reader, token), cancellationToken);

    internal Task<IReadOnlyList<T>> List<T>(Call call, CancellationToken cancellationToken) =>
        Run(call, static (statement, reader, token) => Rows.All<T>(statement, reader, token), cancellationToken);

    internal async Task<int> Execute(Call call, CancellationToken cancellationToken)
    {
        if (_ambient is { } ambient)
        {
            return await ambient.Link.Execute(call, cancellationToken);
        }

        return await RunAlone(
            call,
            static async (_, reader, token) =>
            {
                while (await reader.NextResultAsync(token))
                {
                }

                return reader.RecordsAffected;
            },
            cancellationToken);
    }

    /// <summary>
    /// A statement whose answer nobody needs: it travels with the next one of the transaction, or with the commit at the latest.
    /// </summary>
    internal void Defer(Call call)
    {
        if (call.Statement.Rows is null)
        {
            throw new InvalidOperationException("Only a plain SELECT, INSERT, UPDATE or DELETE can be deferred.");
        }

        (_ambient ?? throw new InvalidOperationException("Outside of a transaction nothing comes that a deferred statement could go with."))
            .Link.Defer(call);
    }

    /// <summary>One row, as the last act of the command; see <see cref="OrgDb.Insert{T}"/>.</summary>
    internal async Task<T> Insert<T>(Call call, object foretold, CancellationToken cancellationToken)
    {
        if (!call.Statement.IsPlainInsert)
        {
            throw new InvalidOperationException("Only an INSERT of VALUES without ON CONFLICT writes its row or fails.");
        }

        return _ambient is { Closing: { } closing } last
            ? await last.Finish<T>(call, () => closing(foretold, false, cancellationToken), cancellationToken)
            : (await Find<T>(call, cancellationToken))!;
    }

    /// <summary>One row or none, as the last act of the command; see <see cref="OrgDb.Change{T}"/>.</summary>
    internal async Task<T?> Change<T>(Call call, object foretold, CancellationToken cancellationToken)
        where T : class
    {
        if (call.Statement is not { Rows: true, Writing: null } || !call.Statement.Text.Contains(OrgDb.Tells, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"Only an UPDATE or DELETE that returns {OrgDb.Tells}…, true) changes one row or none.");
        }

        return _ambient is { Closing: { } closing, Link.IsFresh: true } last
            ? await last.Change<T>(call, () => closing(foretold, true, cancellationToken), cancellationToken)
            : await Find<T>(call, cancellationToken);
    }

    /// <summary>
    /// Begins a transaction that everything in this scope uses until it is disposed; without a commit it is undone.
    /// Inside another one it is a savepoint. Nothing is sent before the first statement.
    /// </summary>
    public Task<Transaction> Begin(CancellationToken cancellationToken) => Begin(closing: null, cancellationToken);

    /// <param name="closing">Writes (deferred) what belongs to the command's last statement, from what that will have
    /// written; with true, if it finds its row.</param>
    internal Task<Transaction> Begin(Func<object, bool, CancellationToken, Task>? closing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _ambient = _ambient is { } outer ? new Transaction(this, outer) : new Transaction(this, new Link(source), closing);
        return Task.FromResult(_ambient);
    }

    private Task<T> Run<T>(
        Call call, Func<Statement, NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        _ambient is { } ambient ? ambient.Link.Read(call, read, cancellationToken) : RunAlone(call, read, cancellationToken);

    private async Task<T> RunAlone<T>(
        Call call, Func<Statement, NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                if (call.Statement.IsPlannedAnew)
                {
                    return await RunPlannedAnew(connection, call, read, cancellationToken);
                }

                await using var command = Limited(call.On(connection));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                return await read(call.Statement, reader, cancellationToken);
            }
            catch (PostgresException exception) when (tries == 1 && DatabaseErrors.IsStalePlan(exception))
            {
                // A migration may give a column another type while statements are prepared. The driver has dropped such a statement by
                // now; in a transaction, which is lost, the caller is told to come again.
            }
        }
    }

    // Both in one batch, so in one transaction, with which the setting ends.
    private async Task<T> RunPlannedAnew<T>(
        NpgsqlConnection connection,
        Call call,
        Func<Statement, NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch();
        batch.Timeout = Limit(batch.Timeout);
        batch.BatchCommands.Add(new Call(Statement.PlanAnew).Batched());
        batch.BatchCommands.Add(call.Batched());
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await read(call.Statement, reader, cancellationToken);
    }

    private NpgsqlCommand Limited(NpgsqlCommand command)
    {
        command.CommandTimeout = Limit(command.CommandTimeout);
        return command;
    }

    // Zero is no limit at all.
    private int Limit(int given) => _patience is { } seconds && (given == 0 || given > seconds) ? seconds : given;

    private sealed class Patience(Db db, int? before) : IDisposable
    {
        public void Dispose() => db._patience = before;
    }

    /// <summary>The transaction of the running command, or the savepoint of a command inside it.</summary>
    public sealed class Transaction : IAsyncDisposable
    {
        private readonly Db _db;
        private readonly Transaction? _outer;
        private readonly int _depth;
        private readonly Savepoint? _savepoint;

        internal Transaction(Db db, Link link, Func<object, bool, CancellationToken, Task>? closing) =>
            (_db, Link, Closing) = (db, link, closing);

        internal Transaction(Db db, Transaction outer)
        {
            (_db, Link, _outer, _depth) = (db, outer.Link, outer, outer._depth + 1);
            _savepoint = Link.Save(_depth);
        }

        /// <summary>True when it is committed, by <see cref="Commit"/> or by its own last statement.</summary>
        public bool IsComplete { get; private set; }

        /// <summary>False when nothing was written in it so far, in a command or in those inside it.</summary>
        public bool HasWritten => Link.HasWritten;

        /// <summary>
        /// True when the connection was lost after the commit was sent: it may have happened. An answer of the server, also an error,
        /// leaves no doubt.
        /// </summary>
        public bool MayHaveCommitted(Exception exception) =>
            _savepoint is null && Link.IsCommitting && exception is not PostgresException && DatabaseErrors.IsUnavailable(exception);

        internal Link Link { get; }

        internal Func<object, bool, CancellationToken, Task>? Closing { get; }

        public async Task Commit(CancellationToken cancellationToken)
        {
            if (_savepoint is null)
            {
                await Link.Commit(cancellationToken);
            }
            else
            {
                Link.Release(_savepoint);
            }

            IsComplete = true;
        }

        internal async Task<T> Finish<T>(Call call, Func<Task> closing, CancellationToken cancellationToken)
        {
            var written = await Link.Finish<T>(call, closing, cancellationToken);
            IsComplete = true;
            return written;
        }

        internal async Task<T?> Change<T>(Call call, Func<Task> closing, CancellationToken cancellationToken)
            where T : class
        {
            var row = await Link.Change<T>(call, closing, cancellationToken);
            IsComplete = row is not null;
            return row;
        }

        /// <summary>Undoes what was not committed.</summary>
        public async ValueTask DisposeAsync()
        {
            _db._ambient = _outer;
            if (_savepoint is null)
            {
                await Link.DisposeAsync();
            }
            else if (!IsComplete)
            {
                Link.Undo(_savepoint);
            }
        }
    }
}
