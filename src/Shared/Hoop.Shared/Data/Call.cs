using System.Data.Common;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>A statement with its arguments.</summary>
internal readonly record struct Call(Statement Statement, Guid OrgId = default, object? Args = null)
{
    public NpgsqlCommand On(NpgsqlConnection connection)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of the program, rewritten to positions.
        command.CommandText = Statement.Text;
#pragma warning restore CA2100
        Statement.Bind(OrgId, Args, command.Parameters);
        return command;
    }

    public NpgsqlBatchCommand Batched()
    {
        var command = new NpgsqlBatchCommand(Statement.Text);
        Statement.Bind(OrgId, Args, command.Parameters);
        return command;
    }
}

/// <summary>What is read of an answer.</summary>
internal static class Rows
{
    /// <exception cref="InvalidOperationException">More than one row came back.</exception>
    public static async Task<T?> Only<T>(Statement statement, NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken))
        {
            return default;
        }

        var row = statement.ReaderOf<T>(reader)(reader);
        return await reader.ReadAsync(cancellationToken)
            ? throw new InvalidOperationException("More than one row came back for a statement that finds one.")
            : row;
    }

    public static async Task<IReadOnlyList<T>> All<T>(Statement statement, NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        Func<DbDataReader, T>? parse = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            parse ??= statement.ReaderOf<T>(reader);
            rows.Add(parse(reader));
        }

        return rows;
    }
}
