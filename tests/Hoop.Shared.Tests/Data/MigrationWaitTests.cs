using System.Diagnostics;
using Dapper;
using Hoop.Shared.Data;
using Hoop.Testing;
using Microsoft.Extensions.Logging;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

/// <summary>A migration that finds a table in use: it gives way, says to whom, and comes to its end.</summary>
[Description("P19: a migration waited behind the nightly dump, and all readers behind the migration, for twelve minutes")]
public sealed class MigrationWaitTests
{
    private static readonly Migration First = new(
        "0001_pets_base.sql", "CREATE SCHEMA pets; CREATE TABLE pets.dogs AS SELECT repeat('d', 500) AS name FROM generate_series(1, 20000)");
    private static readonly Migration Second = new("0002_pets_age.sql", "ALTER TABLE pets.dogs ADD COLUMN age int");

    private LogCapture _logs = null!;
    private ILoggerFactory _factory = null!;
    private NpgsqlDataSource _database = null!;
    private NpgsqlConnectionStringBuilder _connection = null!;

    [SetUp]
    public async Task Start()
    {
        _connection = await TestPostgres.CreateEmptyDatabase();
        _database = NpgsqlDataSource.Create(_connection);
        _logs = new LogCapture();
        _factory = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        await Migrator(First).Apply(CancellationToken.None);
    }

    [TearDown]
    public async Task Stop()
    {
        StartLock.Patience = TimeSpan.FromMinutes(5);
        _factory?.Dispose();
        _logs?.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Test]
    public async Task A_dump_is_waited_for_by_name_and_readers_are_not()
    {
        using var dump = Dump();
        await Eventually.True(async () => await Uses("pg_dump"), "the dump reads nothing");
        var migrating = Migrator(First, Second).Apply(CancellationToken.None);

        await Eventually.True(() => Told(@"0002_pets_age\.sql needs a table that is in use, by process \d+ \(pg_dump, "), Lines);
        var slowest = TimeSpan.Zero;
        for (var reads = 0; reads < 40; reads++)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.That(await Count(), Is.EqualTo(20_000));
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(began).Ticks));
            await Task.Delay(50);
        }

        Assert.That(migrating.IsCompleted, Is.False, "the dump still has the table");
        Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(5)), "readers stand behind one try, and a try lasts half a second");

        // Now somebody reads what the dump writes, and it comes to its end.
        var written = await dump.StandardOutput.ReadToEndAsync();
        await dump.WaitForExitAsync();
        Assert.That(dump.ExitCode, Is.Zero);
        Assert.That(written, Does.Contain("dddd"));
        Assert.That(await migrating, Is.EqualTo(1));
    }

    [Test]
    public async Task A_session_that_never_ends_is_told_with_what_to_do()
    {
        StartLock.Patience = TimeSpan.FromMilliseconds(1);
        await using var holder = await _database.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("SET LOCAL application_name = 'the-report'; LOCK TABLE pets.dogs IN ACCESS SHARE MODE");

        var refused = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First, Second).Apply(CancellationToken.None));

        Assert.That(
            refused!.Message,
            Does.Match(
                @"^migration 0002_pets_age\.sql needs a table that is in use, and has waited \d+ s for process \d+ \(the-report, idle in transaction, for \d+ s\); let it end, or end it with pg_terminate_backend"));
        await transaction.RollbackAsync();
        StartLock.Patience = TimeSpan.FromMinutes(5);
        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(1), "nothing was left behind");
    }

    private Migrator Migrator(params Migration[] files) =>
        new(_database, [new ModuleMigrations("pets", files)], _factory.CreateLogger<Migrator>());

    private bool Told(string pattern) =>
        _logs.Lines.Any(line => System.Text.RegularExpressions.Regex.IsMatch(line, pattern, default, TimeSpan.FromSeconds(1)));

    private string Lines() => string.Join('\n', _logs.Lines);

    private async Task<bool> Uses(string application)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<bool>(
            """
            SELECT EXISTS (SELECT FROM pg_locks AS held JOIN pg_stat_activity AS activity ON activity.pid = held.pid
              WHERE activity.application_name = @application AND held.relation = 'pets.dogs'::regclass)
            """,
            new { application });
    }

    private async Task<long> Count()
    {
        await using var connection = await _database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM pets.dogs");
    }

    /// <summary>The real one. Nobody reads what it writes, so it stands still in the middle, with its locks.</summary>
    private Process Dump()
    {
        var start = new ProcessStartInfo("pg_dump", ["--schema=pets"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["PGHOST"] = _connection.Host,
                ["PGPORT"] = _connection.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["PGDATABASE"] = _connection.Database,
                ["PGUSER"] = _connection.Username,
                ["PGPASSWORD"] = _connection.Password,
            },
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("pg_dump is not on this machine");
            throw;
        }
    }
}
