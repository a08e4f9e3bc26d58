using Npgsql;
using Respawn;
using Respawn.Graph;

namespace Hoop.Testing;

/// <summary>The rows that migrations leave in an empty database, and the way back to them.</summary>
internal sealed class MigratedRows
{
    private const string SchemasSql = "SELECT module FROM hoop.migrations UNION SELECT 'hoop' ORDER BY 1";

    private const string TablesSql = """
        SELECT format('%I.%I', table_schema, table_name)
        FROM information_schema.tables
        WHERE table_schema IN (SELECT module FROM hoop.migrations UNION SELECT 'hoop')
          AND table_type = 'BASE TABLE' AND (table_schema, table_name) <> ('hoop', 'migrations')
        ORDER BY 1
        """;

    private readonly Dictionary<string, string> _rows;

    private MigratedRows(Dictionary<string, string> rows) => _rows = rows;

    /// <param name="connection">To a database that was just migrated.</param>
    public static async Task<MigratedRows> Read(NpgsqlConnection connection)
    {
        var rows = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in await List(connection, TablesSql))
        {
            foreach (var json in await List(connection, $"SELECT jsonb_agg(row)::text FROM {table} AS row HAVING count(*) > 0"))
            {
                rows[table] = json;
            }
        }

        return new MigratedRows(rows);
    }

    /// <summary>Takes all other rows away, and lets the identities count from one again.</summary>
    public async Task Reset(NpgsqlConnection connection)
    {
        var respawner = await Respawner.CreateAsync(connection, new RespawnerOptions
        {
            DbAdapter = DbAdapter.Postgres,
            SchemasToInclude = [.. await List(connection, SchemasSql)],
            TablesToIgnore = [new Table("hoop", "migrations")],
            WithReseed = true,
            CommandTimeout = 60,
        });
        await respawner.ResetAsync(connection);
        foreach (var (table, json) in _rows)
        {
#pragma warning disable CA2100 // The names come from the catalog.
            await using var command = new NpgsqlCommand(
                $"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)", connection);
#pragma warning restore CA2100
            command.Parameters.Add(new NpgsqlParameter { Value = json });
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<List<string>> List(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The names come from the catalog.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
