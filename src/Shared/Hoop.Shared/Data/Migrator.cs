using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// Applies what is missing, in order of file name, one transaction a file, under a lock, so that any number of gateways may start at once
/// on an empty database. Each applied file is recorded with its SHA-256. A database that lacks nothing is only read.
/// </summary>
public sealed class Migrator(NpgsqlDataSource source, IEnumerable<ModuleMigrations> modules, ILogger<Migrator> logger)
{
    [CrossOrg("The schema has no organization.")]
    private const string HasTableSql = "SELECT to_regclass('hoop.migrations') IS NOT NULL";

    [CrossOrg("The schema has no organization.")]
    private const string HasSchemaSql = "SELECT to_regnamespace(@Schema) IS NOT NULL";

    [CrossOrg("The schema has no organization.")]
    private const string CreateSchemaSql = "CREATE SCHEMA hoop";

    // The column came later than the table.
    [CrossOrg("The schema has no organization.")]
    private const string CreateTableSql = """
        CREATE TABLE IF NOT EXISTS hoop.migrations (
          file text PRIMARY KEY,
          module text NOT NULL,
          sha256 text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        );
        ALTER TABLE hoop.migrations ADD COLUMN IF NOT EXISTS compatible_from text
        """;

    // By way of JSON, because the column may not be there yet.
    [CrossOrg("The schema has no organization.")]
    private const string AppliedSql = """
        SELECT file, module, sha256, to_jsonb(migrations) ->> 'compatible_from' AS compatible_from
        FROM hoop.migrations AS migrations
        ORDER BY file
        """;

    [CrossOrg("The schema has no organization.")]
    private const string RecordSql = """
        INSERT INTO hoop.migrations (file, module, sha256, compatible_from)
        VALUES (@File, @Module, @Checksum, @CompatibleFrom)
        """;

    // Below the server's deadlock_timeout of a second. A migration takes locks of several tables, and so do the requests that go on
    // meanwhile, in another order: whoever gives way must be the migration, which is tried again, and not a request, which would be
    // answered with 503.
    [CrossOrg("Sets a limit of the session.")]
    private const string GiveWaySql = "SET LOCAL lock_timeout = '500ms'";

    [CrossOrg("Asks about the role, not about anybody's rows.")]
    private const string ForbiddenSql = """
        SELECT format('%I.%I', namespace.nspname, class.relname)
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname = ANY(@Schemas) AND class.relkind IN ('r', 'p')
          AND NOT (has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT')
            AND (class.oid = 'hoop.migrations'::regclass
              OR has_table_privilege(class.oid, 'INSERT') AND has_table_privilege(class.oid, 'UPDATE')
                AND has_table_privilege(class.oid, 'DELETE')))
        ORDER BY 1
        LIMIT 1
        """;

    // Hashed once: a readiness probe compares them each time.
    private readonly Lazy<Known[]> _known = new(() =>
    [
        .. modules.SelectMany(module => module.Files.Select(file => new Known(module.Module, file, file.Checksum)))
            .OrderBy(known => known.Migration.File, StringComparer.Ordinal),
    ]);

    /// <summary>The number of files that were applied.</summary>
    /// <exception cref="MigrationException">
    /// An applied file was changed, or is missing in this build; a newer gateway made the schema unfit for this one; or the role may not.
    /// </exception>
    public async Task<int> Apply(CancellationToken cancellationToken)
    {
        try
        {
            var applied = 0;
            MigrationWait? wait = null;
            while ((await State(cancellationToken)).Missing is [var next, ..])
            {
                try
                {
                    if (!await ApplyNext(cancellationToken))
                    {
                        break;
                    }

                    applied++;
                    wait = null;
                }
                catch (PostgresException exception) when (exception.SqlState is "55P03" or "40P01")
                {
                    wait ??= new MigrationWait(source, Schemas(), logger);
                    await wait.Pause(next, exception, cancellationToken);
                }
            }

            await DemandAccess(cancellationToken);
            return applied;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException($"{exception.MessageText}; {await Remedy(cancellationToken)}", exception);
        }
    }

    /// <summary>What differs, for the readiness check. One statement.</summary>
    /// <exception cref="MigrationException">This build cannot work with the database.</exception>
    public async Task<SchemaState> State(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var applied = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(HasTableSql, cancellationToken: cancellationToken))
            ? (await connection.QueryAsync<Applied>(new CommandDefinition(AppliedSql, cancellationToken: cancellationToken))).AsList()
            : [];
        var (missing, newer) = Compare(applied);
        return new SchemaState([.. missing.Select(known => known.Migration.File)], newer);
    }

    private async Task<bool> ApplyNext(CancellationToken cancellationToken)
    {
        await using var start = await StartLock.Take(source, logger, cancellationToken);
        if (!await start.Find<bool>(HasSchemaSql, new { Schema = "hoop" }, cancellationToken))
        {
            await start.Execute(CreateSchemaSql, args: null, cancellationToken);
        }

        await start.Execute(CreateTableSql, args: null, cancellationToken);
        var (missing, _) = Compare(await start.List<Applied>(AppliedSql, args: null, cancellationToken));
        if (missing.Count == 0)
        {
            // Another gateway was faster; the table it made is committed.
            return false;
        }

        var (module, migration, checksum) = missing[0];
        try
        {
            await start.Execute(GiveWaySql, args: null, cancellationToken);
            var made = migration.Schema is { } schema && await start.Find<bool>(HasSchemaSql, new { Schema = schema }, cancellationToken);
            await start.Execute(made ? migration.WithoutSchema() : migration.Sql, args: null, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState != PostgresErrorCodes.InsufficientPrivilege
            && !DatabaseErrors.IsUnavailable(exception))
        {
            throw new MigrationException($"migration {migration.File} failed and left nothing behind: {exception.MessageText}", exception);
        }

        await start.Execute(
            RecordSql, new { migration.File, Module = module, Checksum = checksum, migration.CompatibleFrom }, cancellationToken);
        await start.Commit(cancellationToken);
        logger.LogInformation("Migration {File} applied", migration.File);
        return true;
    }

    // Said at the start, not by the first request that fails.
    private async Task DemandAccess(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var schemas = Schemas();
        if (await connection.ExecuteScalarAsync<string?>(new CommandDefinition(ForbiddenSql, new { Schemas = schemas },
            cancellationToken: cancellationToken)) is { } table)
        {
            throw new MigrationException($"this role may not read and write {table}; {await Remedy(cancellationToken)}");
        }
    }

    private async Task<string> Remedy(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var (role, database) = (
            Quote(new NpgsqlConnectionStringBuilder(connection.ConnectionString).Username ?? "hoop"), Quote(connection.Database));
        var schemas = string.Join(", ", Schemas());
        return (await Present(connection, cancellationToken)
            ? $"let the owner of the schemas run hoop-gateway migrate, and run: GRANT USAGE ON SCHEMA {schemas} TO {role}; "
                + $"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schemas} TO {role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schemas} TO {role}"
            : $"run as the owner of the database: GRANT CREATE ON DATABASE {database} TO {role}")
            + " (docs/operations.md, Least privilege)";
    }

    private static async Task<bool> Present(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(HasTableSql, cancellationToken: cancellationToken));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // A schema that the role may not even look into.
            return true;
        }
    }

    private string[] Schemas() =>
        [.. modules.Select(module => module.Module).Append("hoop").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private (IReadOnlyList<Known> Missing, IReadOnlyList<string> Newer) Compare(IReadOnlyList<Applied> applied)
    {
        var known = _known.Value;
        var served = modules.Select(module => module.Module).ToHashSet(StringComparer.Ordinal);
        var files = known.ToDictionary(one => one.Migration.File, StringComparer.Ordinal);
        var newer = new List<string>();
        foreach (var row in applied.Where(row => served.Contains(row.Module)))
        {
            if (!files.TryGetValue(row.File, out var file))
            {
                DemandNewer(row, known[^1].Migration);
                newer.Add(row.File);
            }
            else if (file.Checksum != row.Sha256)
            {
                throw new MigrationException(
                    $"migration {row.File} was changed after it was applied; restore the file and put the change into a new one");
            }
        }

        var done = applied.Select(row => row.File).ToHashSet(StringComparer.Ordinal);
        return (Array.FindAll(known, one => !done.Contains(one.Migration.File)), newer);
    }

    // A file that this build does not know: of a newer gateway, which said whom it leaves working, or lost.
    private static void DemandNewer(Applied row, Migration last)
    {
        if (row.CompatibleFrom is null || string.CompareOrdinal(row.File, last.File) < 0)
        {
            throw new MigrationException(
                $"migration {row.File} was applied to this database, but is missing in this build; start the build that wrote it, or a newer one");
        }

        if (string.CompareOrdinal(row.CompatibleFrom, last.Number) > 0)
        {
            throw new MigrationException(
                $"migration {row.File} of a newer gateway needs gateways that know migration {row.CompatibleFrom}, and this build ends at {last.Number}; start a newer build");
        }
    }

    private sealed record Applied(string File, string Module, string Sha256, string? CompatibleFrom);

    private sealed record Known(string Module, Migration Migration, string Checksum);
}
