using Dapper;
using Npgsql;

namespace Hoop.Testing;

/// <summary>Fills tables with so many rows that a plan which reads all of them would be felt.</summary>
public static class FullTables
{
    /// <summary>
    /// How many rows a table has that is full: a million, or <c>HOOP_TEST_PLAN_ROWS</c>.
    /// </summary>
    public static int Rows { get; } = int.TryParse(
        Environment.GetEnvironmentVariable("HOOP_TEST_PLAN_ROWS"), System.Globalization.CultureInfo.InvariantCulture, out var asked)
        ? asked
        : 1_000_000;

    // Constraints stay, and what a foreign key needs: they are no longer the same when they are made again.
    private const string IndexesSql = """
        SELECT made.indexrelid::regclass::text AS name, pg_get_indexdef(made.indexrelid) AS definition
        FROM pg_index AS made
        WHERE made.indrelid = ANY (@tables::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint AS needs WHERE needs.conindid = made.indexrelid)
        """;

    // Where the role may: a million rows are not worth a million looks at what they refer to.
    private const string QuickSql = """
        DO $$ BEGIN SET LOCAL session_replication_role = replica; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;
        SET LOCAL maintenance_work_mem = '256MB';
        """;

    /// <summary>
    /// Runs the filling statements in one transaction, without the tables' secondary indexes, which are made anew out of what is there: a
    /// fraction of the time that adding each row to them takes. Analyzes the tables.
    /// </summary>
    public static async Task Fill(NpgsqlDataSource database, string sql, params string[] tables)
    {
        ArgumentNullException.ThrowIfNull(database);
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var indexes = (await connection.QueryAsync<(string Name, string Definition)>(IndexesSql, new { tables })).ToList();
        await Run(QuickSql + string.Concat(indexes.Select(index => $"DROP INDEX {index.Name};")));
        await Run(sql);
        await Run(string.Concat(indexes.Select(index => index.Definition + ";")));
        await transaction.CommitAsync();
        await Run($"ANALYZE {string.Join(", ", tables)}");

        async Task Run(string statements)
        {
            if (statements.Length > 0)
            {
                await connection.ExecuteAsync(statements, commandTimeout: 240);
            }
        }
    }
}
