using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>One migration: <c>NNNN_module_what.sql</c>, plain SQL, forward only, embedded in the assembly of the module that owns the schema.</summary>
/// <param name="File">The file name, which is also the order.</param>
/// <param name="Sql">The statements; they run in one transaction.</param>
public sealed record Migration(string File, string Sql)
{
    /// <summary>SHA-256 of the text, lowercase hex.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The <c>*.sql</c> resources of an assembly.</summary>
    public static IReadOnlyList<Migration> In(Assembly assembly) =>
    [
        .. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => new Migration(name, Read(assembly, name))),
    ];

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>The migrations of one module, registered by its <c>AddX</c>.</summary>
/// <param name="Module">The schema that the files own.</param>
public sealed record ModuleMigrations(string Module, IReadOnlyList<Migration> Files);

/// <summary>A database whose recorded migrations are not the ones of this build. The start stops.</summary>
public sealed class MigrationException(string message) : Exception(message);

/// <summary>
/// Applies what is missing, in order of file name, one transaction a file, under an advisory lock, so that any number of gateways may
/// start at once on an empty database. Each applied file is recorded with its SHA-256.
/// </summary>
public sealed class Migrator(NpgsqlDataSource source, IEnumerable<ModuleMigrations> modules, ILogger<Migrator> logger)
{
    // Any fixed number will do; this one spells "hoop" in ASCII.
    private const long LockKey = 0x686F6F70;

    [CrossOrg("The schema has no organization.")]
    private const string CreateTableSql = """
        CREATE SCHEMA IF NOT EXISTS hoop;
        CREATE TABLE IF NOT EXISTS hoop.migrations (
          file text PRIMARY KEY,
          module text NOT NULL,
          sha256 text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )
        """;

    [CrossOrg("The schema has no organization.")]
    private const string AppliedSql = "SELECT file, module, sha256 FROM hoop.migrations ORDER BY file";

    [CrossOrg("The schema has no organization.")]
    private const string RecordSql = "INSERT INTO hoop.migrations (file, module, sha256) VALUES (@File, @Module, @Checksum)";

    /// <summary>The number of files that were applied.</summary>
    /// <exception cref="MigrationException">An applied file was changed, or is missing in this build.</exception>
    public async Task<int> Apply(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await Run("SELECT pg_advisory_lock(@LockKey)", new { LockKey });
        try
        {
            await Run(CreateTableSql, null);
            var applied = (await connection.QueryAsync<Applied>(new CommandDefinition(AppliedSql, cancellationToken: cancellationToken))).AsList();
            var pending = Compare(applied);
            foreach (var (module, migration) in pending)
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await Run(migration.Sql, null);
                await Run(RecordSql, new { migration.File, Module = module, migration.Checksum });
                await transaction.CommitAsync(cancellationToken);
                logger.LogInformation("Migration {File} applied", migration.File);
            }

            return pending.Count;
        }
        finally
        {
            await connection.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_unlock(@LockKey)", new { LockKey }, cancellationToken: CancellationToken.None));
        }

        Task Run(string sql, object? args) => connection.ExecuteAsync(new CommandDefinition(sql, args, commandTimeout: 0, cancellationToken: cancellationToken));
    }

    /// <summary>True when nothing is missing; for the readiness check.</summary>
    public async Task<bool> IsCurrent(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var applied = (await connection.QueryAsync<Applied>(new CommandDefinition(AppliedSql, cancellationToken: cancellationToken))).AsList();
        return Compare(applied).Count == 0;
    }

    private List<(string Module, Migration Migration)> Compare(IReadOnlyList<Applied> applied)
    {
        var known = modules.SelectMany(module => module.Files.Select(file => (module.Module, Migration: file))).OrderBy(entry => entry.Migration.File, StringComparer.Ordinal).ToList();
        var served = modules.Select(module => module.Module).ToHashSet(StringComparer.Ordinal);
        foreach (var row in applied.Where(row => served.Contains(row.Module)))
        {
            var file = known.Find(entry => entry.Migration.File == row.File).Migration
                ?? throw new MigrationException($"migration {row.File} was applied to this database, but is missing in this build; start the build that wrote it, or a newer one");
            if (file.Checksum != row.Sha256)
            {
                throw new MigrationException($"migration {row.File} was changed after it was applied; restore the file and put the change into a new one");
            }
        }

        var done = applied.Select(row => row.File).ToHashSet(StringComparer.Ordinal);
        return known.FindAll(entry => !done.Contains(entry.Migration.File));
    }

    private sealed record Applied(string File, string Module, string Sha256);
}
