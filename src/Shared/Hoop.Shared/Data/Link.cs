using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// The connection of one transaction, and what still waits to be sent over it. BEGIN travels with the first statement, deferred ones with
/// the next, COMMIT with the last: a batch is one round trip. When a statement of a batch fails, PostgreSQL skips those behind it
/// (manual, 55.2.3), so that nothing is committed after an error.
/// </summary>
internal sealed class Link(NpgsqlDataSource source) : IAsyncDisposable
{
    // What waits is held in memory, and a batch is parsed as a whole before its answers are read.
    private const int Crowd = 256;

    private readonly List<Call> _waiting = [];
    private NpgsqlConnection? _connection;
    private bool _begun;
    private bool _saved;
    private bool _over;

    public bool IsCrowded => _waiting.Count >= Crowd;

    /// <summary>Nothing was sent and nothing waits.</summary>
    public bool IsFresh => !_begun && _waiting.Count == 0;

    /// <summary>Rows were written, or may have been: what is deferred is believed to write.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>The commit was sent and no answer came yet: only the database knows whether it happened.</summary>
    public bool IsCommitting { get; private set; }

    public void Defer(Call call)
    {
        DemandOpen();
        _waiting.Add(call);
        HasWritten |= call.Statement.Writing != false;
    }

    public async Task<int> Execute(Call call, CancellationToken cancellationToken)
    {
        var connection = await Open(cancellationToken);
        if (_waiting.Count == 0 && _begun)
        {
            await using var command = call.On(connection);
            return Written(call, await command.ExecuteNonQueryAsync(cancellationToken));
        }

        await using var batch = Batch(connection, begin: true);
        var own = call.Batched();
        batch.BatchCommands.Add(own);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return Written(call, own.RecordsAffected);
    }

    public async Task<T> Read<T>(
        Call call, Func<Statement, NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var connection = await Open(cancellationToken);
        if (_waiting.Count == 0 && _begun)
        {
            await using var command = call.On(connection);
            await using var answer = await command.ExecuteReaderAsync(cancellationToken);
            var found = await read(call.Statement, answer, cancellationToken);
            await answer.CloseAsync();
            Written(call, answer.RecordsAffected);
            return found;
        }

        var before = _waiting.Count(waiting => waiting.Statement.Rows is true);
        await using var batch = Batch(connection, begin: true);
        var own = call.Batched();
        batch.BatchCommands.Add(own);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var one = await ReadOne(call, before, reader, read, cancellationToken);
        Written(call, own.RecordsAffected);
        return one;
    }

    /// <summary>Sends the last statement together with what <paramref name="closing"/> defers and the commit.</summary>
    public async Task<T> Finish<T>(Call call, Func<Task> closing, CancellationToken cancellationToken) =>
        await Last<T>(call, closing, cancellationToken)
        ?? throw new InvalidOperationException("An INSERT of VALUES gave no row back.");

    /// <summary>
    /// As <see cref="Finish{T}"/>, for the only statement, which may find no row: then nothing was written, and nothing is over.
    /// </summary>
    public async Task<T?> Change<T>(Call call, Func<Task> closing, CancellationToken cancellationToken)
        where T : class
    {
        var row = await Last<T>(call, closing, cancellationToken);
        if (row is null)
        {
            (_over, HasWritten) = (false, false);
        }

        return row;
    }

    private async Task<T?> Last<T>(Call call, Func<Task> closing, CancellationToken cancellationToken)
    {
        var connection = await Open(cancellationToken);
        if (IsCrowded)
        {
            await using var crowd = Batch(connection, begin: true);
            await crowd.ExecuteNonQueryAsync(cancellationToken);
        }

        var before = _waiting.Count(waiting => waiting.Statement.Rows is true);
        Defer(call);
        await closing();
        await using var batch = LastBatch(connection);
        IsCommitting = true;
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var written = await ReadOne(
            call, before, reader, static (statement, rows, token) => Rows.Only<T>(statement, rows, token), cancellationToken);
        (_begun, _over, IsCommitting) = (false, true, false);
        return written;
    }

    public async Task Commit(CancellationToken cancellationToken)
    {
        DemandOpen();
        if (_begun || _waiting.Count > 0)
        {
            await using var batch = LastBatch(await Open(cancellationToken));
            IsCommitting = true;
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        (_begun, _over, IsCommitting) = (false, true, false);
    }

    /// <summary>Each depth has its own: PostgreSQL rolls back to the newest savepoint of a name, whoever set it.</summary>
    public Savepoint Save(int depth)
    {
        var savepoint = Savepoint.At(depth);
        Defer(new Call(savepoint.Set));
        _saved = true;
        return savepoint;
    }

    public void Release(Savepoint savepoint) => Defer(new Call(savepoint.Release));

    /// <summary>What was not sent is forgotten; what was is undone with the next statement.</summary>
    public void Undo(Savepoint savepoint)
    {
        var own = _waiting.FindLastIndex(waiting => ReferenceEquals(waiting.Statement, savepoint.Set));
        if (own >= 0)
        {
            _waiting.RemoveRange(own, _waiting.Count - own);
        }
        else
        {
            _waiting.Clear();
            _waiting.Add(new Call(savepoint.Undo));
            _waiting.Add(new Call(savepoint.Release));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is null)
        {
            return;
        }

        try
        {
            if (_begun && _connection.FullState == ConnectionState.Open)
            {
                await using var command = new Call(Statement.Rollback).On(_connection);
                await command.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
        catch (NpgsqlException) when (!_connection.FullState.HasFlag(ConnectionState.Open))
        {
            // The connection broke, and the server has undone everything; the error that broke it is the one to be seen.
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private static async Task<T> ReadOne<T>(
        Call call,
        int before,
        NpgsqlDataReader reader,
        Func<Statement, NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        for (var skipped = 0; skipped < before; skipped++)
        {
            await reader.NextResultAsync(cancellationToken);
        }

        var answer = await read(call.Statement, reader, cancellationToken);

        // The statements behind it have their say: an error of theirs is thrown here.
        while (await reader.NextResultAsync(cancellationToken))
        {
        }

        return answer;
    }

    private int Written(Call call, int rows)
    {
        HasWritten |= call.Statement.Writing ?? rows > 0;
        return rows;
    }

    private async ValueTask<NpgsqlConnection> Open(CancellationToken cancellationToken)
    {
        DemandOpen();
        return _connection ??= await source.OpenConnectionAsync(cancellationToken);
    }

    private void DemandOpen()
    {
        if (_over)
        {
            throw new InvalidOperationException("The command has committed; nothing can follow its last statement.");
        }
    }

    private NpgsqlBatch Batch(NpgsqlConnection connection, bool begin)
    {
        var batch = connection.CreateBatch();
        if (begin && !_begun)
        {
            batch.BatchCommands.Add(new Call(Statement.Begin).Batched());
            _begun = true;
        }

        foreach (var waiting in _waiting)
        {
            batch.BatchCommands.Add(waiting.Batched());
        }

        _waiting.Clear();
        return batch;
    }

    // What is sent in one batch is one transaction without being told (manual, 55.2.4); savepoints want to be told.
    private NpgsqlBatch LastBatch(NpgsqlConnection connection)
    {
        var batch = Batch(connection, begin: _saved);
        if (_begun)
        {
            batch.BatchCommands.Add(new Call(Statement.Commit).Batched());
        }

        return batch;
    }
}

/// <summary>The statements of one savepoint.</summary>
internal sealed record Savepoint(Statement Set, Statement Undo, Statement Release)
{
    private static readonly ConcurrentDictionary<int, Savepoint> Known = new();

    public static Savepoint At(int depth) => Known.GetOrAdd(depth, static at => new Savepoint(
        Statement.Of($"SAVEPOINT nested_command_{at}"),
        Statement.Of($"ROLLBACK TO SAVEPOINT nested_command_{at}"),
        Statement.Of($"RELEASE SAVEPOINT nested_command_{at}")));
}
