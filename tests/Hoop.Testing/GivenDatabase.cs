using Npgsql;
using NUnit.Framework;

namespace Hoop.Testing;

/// <summary>
/// The one database of a role that can make no others: fixtures have it in turn, also those of other test processes, and each finds it as
/// migrated and empty as a new one. It must be empty when the tests first see it, so that nobody's rows are removed.
/// </summary>
public sealed class GivenDatabase(NpgsqlConnectionStringBuilder connection) : IAsyncDisposable
{
    /// <summary>Any fixed number will do; this one spells "hooptest" in ASCII.</summary>
    private const long Key = 0x686F6F7074657374;

    /// <summary>Says that the database is the tests' own.</summary>
    private const string MarkSql = """
        CREATE SCHEMA hoop_tests;
        COMMENT ON SCHEMA hoop_tests IS 'The tests of Hoop remove everything in this database.'
        """;

    private const string MayUseSql = """
        SELECT to_regnamespace('hoop_tests') IS NOT NULL OR NOT EXISTS (
          SELECT FROM pg_class
          JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema')
        """;

    private const string ClearSql = """
        DO $$
        DECLARE statement text;
        BEGIN
          FOR statement IN
            SELECT format('DROP SCHEMA %I CASCADE', nspname)
            FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') AND pg_has_role(nspowner, 'USAGE')
            UNION ALL
            SELECT format('DROP TABLE IF EXISTS %s CASCADE', pg_class.oid::regclass)
            FROM pg_class
            JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = 'public' AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE')
            UNION ALL
            SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', pg_proc.oid::regprocedure)
            FROM pg_proc
            JOIN pg_namespace ON pg_namespace.oid = pronamespace
            WHERE nspname = 'public' AND pg_has_role(proowner, 'USAGE')
          LOOP
            EXECUTE statement;
          END LOOP;
        END $$
        """;

    /// <summary>Tells a schema that a test changed from the migrated one.</summary>
    private const string ShapeSql = """
        SELECT md5(string_agg(line, chr(10) ORDER BY line COLLATE "C"))
        FROM (
          SELECT format('%s.%s %s %s %s %s', nspname, relname, relkind, attname, format_type(atttypid, atttypmod), attnotnull)
          FROM pg_class
          JOIN pg_namespace ON pg_namespace.oid = relnamespace
          LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
          WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
          UNION ALL
          SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
          FROM pg_constraint
          JOIN pg_namespace ON pg_namespace.oid = connamespace
          WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
          UNION ALL
          SELECT format('%s %s', tgrelid::regclass, tgname)
          FROM pg_trigger
          WHERE NOT tgisinternal
          UNION ALL
          SELECT pg_proc.oid::regprocedure::text
          FROM pg_proc
          JOIN pg_namespace ON pg_namespace.oid = pronamespace
          WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
          UNION ALL
          SELECT format('%s %s', file, sha256)
          FROM hoop.migrations
        ) AS lines (line)
        """;

    private readonly NpgsqlConnectionStringBuilder _connection = new(connection.ConnectionString) { MaxPoolSize = 20 };
    private NpgsqlConnection? _holder;
    private string? _shape;
    private MigratedRows? _rows;

    /// <summary>The database, after the one who has it now; skips the running test when that is a test of this process.</summary>
    public async Task<TestDatabase> Take()
    {
        if (_holder is not null)
        {
            Assert.Ignore("needs a second database, and the role of HOOP_TEST_DATABASE_URL has no CREATEDB");
        }

        var holder = await TestDatabase.Open(_connection);
        try
        {
            // Sessions of this lock wait in turn, as long as the longest fixture takes.
            await Ask<object>(holder, $"SELECT pg_advisory_lock({Key})", seconds: 1200);
            if (_rows is not null && await Shape(holder) == _shape)
            {
                await _rows.Reset(holder);
            }
            else
            {
                _rows = await Build(holder);
            }
        }
        catch
        {
            await holder.DisposeAsync();
            throw;
        }

        _holder = holder;
        return new TestDatabase(_connection, _rows, DisposeAsync);
    }

    /// <summary>Lets the next one have it.</summary>
    public async ValueTask DisposeAsync()
    {
        var holder = _holder;
        _holder = null;
        if (holder is not null)
        {
            await holder.DisposeAsync();
        }
    }

    private async Task<MigratedRows> Build(NpgsqlConnection holder)
    {
        if (!await Ask<bool>(holder, MayUseSql))
        {
            throw new InvalidOperationException(
                $"HOOP_TEST_DATABASE_URL: the database {_connection.Database} is not empty, and the tests would remove what is in it; "
                + "name an empty one, or a role with CREATEDB.");
        }

        await Ask<object>(holder, ClearSql);
        await Ask<object>(holder, MarkSql);
        await TestPostgres.Migrate(_connection);
        _shape = await Shape(holder);
        return await MigratedRows.Read(holder);
    }

    private static async Task<string?> Shape(NpgsqlConnection holder)
    {
        try
        {
            return await Ask<string>(holder, ShapeSql);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return null;
        }
    }

    private static async Task<T?> Ask<T>(NpgsqlConnection connection, string sql, int seconds = 60)
    {
#pragma warning disable CA2100 // Written above.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = seconds };
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }
}
