using System.Diagnostics;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// What a migration does that finds a table in use: it has given way already, says whom it waits for, and pauses before the next try.
/// Pauses grow, because whoever asks for the table stands behind each try for as long as it lasts.
/// </summary>
internal sealed class MigrationWait(NpgsqlDataSource source, string[] schemas, ILogger logger)
{
    // The session that has been at one of the tables for the longest time. Of other roles' sessions the server shows less.
    [CrossOrg("Asks the server who uses the tables.")]
    private const string HolderSql = """
        SELECT format('process %s (%s, %s%s)', activity.pid, coalesce(nullif(activity.application_name, ''), 'unnamed'),
          coalesce(activity.state, 'state unknown'),
          coalesce(format(', for %s s', floor(extract(epoch FROM clock_timestamp() - activity.xact_start))), ''))
        FROM pg_catalog.pg_locks AS held
        JOIN pg_catalog.pg_class AS class ON class.oid = held.relation
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
        WHERE held.granted AND held.pid <> pg_backend_pid() AND namespace.nspname = ANY(@Schemas)
          AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        ORDER BY activity.xact_start
        LIMIT 1
        """;

    private const int FirstPause = 300;
    private const int LongestPause = 2_400;
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(10);

    private readonly long _began = Stopwatch.GetTimestamp();
    private TimeSpan _tellAt = TimeSpan.Zero;
    private int _pause = FirstPause;

    /// <summary>Ends when it is time for the next try.</summary>
    /// <exception cref="MigrationException">It has waited for <see cref="StartLock.Patience"/>.</exception>
    public async Task Pause(string file, PostgresException inUse, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.GetElapsedTime(_began);
        var holder = await Holder(cancellationToken) ?? "a session that has ended meanwhile";
        if (waited >= StartLock.Patience)
        {
            throw new MigrationException(
                $"migration {file} needs a table that is in use, and has waited {waited.TotalSeconds:0} s for {holder}; let it end, or end it with pg_terminate_backend, and start again",
                inUse);
        }

        if (waited >= _tellAt)
        {
            logger.LogInformation(
                "Migration {File} needs a table that is in use, by {Holder}; it gives way and tries again", file, holder);
            _tellAt = waited + Telling;
        }

        await Task.Delay(RandomNumberGenerator.GetInt32(_pause / 3, _pause), cancellationToken);
        _pause = Math.Min(2 * _pause, LongestPause);
    }

    private async Task<string?> Holder(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(
            new CommandDefinition(HolderSql, new { Schemas = schemas }, cancellationToken: cancellationToken));
    }
}
