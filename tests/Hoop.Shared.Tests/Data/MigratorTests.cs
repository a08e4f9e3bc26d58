using System.Net;
using Dapper;
using Hoop.Shared.Data;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class MigratorTests
{
    private static readonly Migration First = new("0001_pets_base.sql", "CREATE SCHEMA pets; CREATE TABLE pets.dogs (name text)");
    private static readonly Migration Second = new("0002_pets_cats.sql", "CREATE TABLE pets.cats (name text)");

    private static readonly Migration Third = new("0003_pets_birds.sql", "CREATE TABLE pets.birds (name text)");

    private NpgsqlDataSource _database = null!;

    private NpgsqlConnectionStringBuilder _connection = null!;

    [SetUp]
    public async Task Start()
    {
        _connection = await TestPostgres.CreateEmptyDatabase();
        _database = NpgsqlDataSource.Create(_connection);
    }

    [TearDown]
    public async Task Stop()
    {
        // Null where there is no empty database to be had, and the test is skipped.
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Test]
    public async Task Two_gateways_at_once_on_an_empty_database_both_come_up()
    {
        var connection = await TestPostgres.CreateEmptyDatabase();

        var gateways = await Task.WhenAll(TestGateway.Start(connection: connection), TestGateway.Start(connection: connection));

        foreach (var gateway in gateways)
        {
            Assert.That((await gateway.Operator.Get("/api/orgs")).Status, Is.EqualTo(HttpStatusCode.OK));
            await gateway.DisposeAsync();
        }
    }

    [Test]
    public async Task Of_many_at_once_each_file_is_applied_by_exactly_one()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Migrator(First, Second).Apply(CancellationToken.None)));

        Assert.That(applied.Sum(), Is.EqualTo(2));
        Assert.That(await Recorded(), Is.EqualTo(new[] { First.File, Second.File }));
    }

    [Test]
    public async Task A_second_start_applies_only_what_is_new()
    {
        Assert.That(await Migrator(First).Apply(CancellationToken.None), Is.EqualTo(1));
        Assert.That((await Migrator(First).State(CancellationToken.None)).Missing, Is.Empty);
        Assert.That((await Migrator(First, Second).State(CancellationToken.None)).Missing, Is.EqualTo(new[] { Second.File }));
        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(1));
    }

    [Test]
    public async Task A_changed_file_stops_the_start_and_names_the_fix()
    {
        await Migrator(First).Apply(CancellationToken.None);

        var changed = await Assert.ThrowsAsync<MigrationException>(
            () => Migrator(First with { Sql = First.Sql + ";" }, Second).Apply(CancellationToken.None));

        Assert.That(
            changed!.Message,
            Is.EqualTo("migration 0001_pets_base.sql was changed after it was applied; restore the file and put the change into a new one"));
        Assert.That(await Recorded(), Is.EqualTo(new[] { First.File }), "nothing further was applied");
    }

    [Test]
    public async Task A_missing_file_stops_the_start_and_names_the_fix()
    {
        await Migrator(First, Second).Apply(CancellationToken.None);

        var missing = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First, Third).Apply(CancellationToken.None));

        Assert.That(
            missing!.Message,
            Is.EqualTo("migration 0002_pets_cats.sql was applied to this database, but is missing in this build; start the build that wrote it, or a newer one"));
    }

    [Test]
    public async Task A_newer_file_that_only_adds_leaves_the_older_gateway_working()
    {
        await Migrator(First).Apply(CancellationToken.None);
        await Migrator(First, Second, Third).Apply(CancellationToken.None);

        var state = await Migrator(First).State(CancellationToken.None);

        Assert.That(state.Missing, Is.Empty);
        Assert.That(state.Newer, Is.EqualTo(new[] { Second.File, Third.File }));
        Assert.That(await Migrator(First).Apply(CancellationToken.None), Is.Zero, "a rollback starts");
    }

    [Test]
    public async Task A_newer_file_that_says_whom_it_breaks_stops_those_and_no_others()
    {
        var breaking = Third with { Sql = $"-- compatible-from: 0002\n{Third.Sql}" };
        await Migrator(First, Second, breaking).Apply(CancellationToken.None);

        var refused = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First).State(CancellationToken.None));

        Assert.That(
            refused!.Message,
            Is.EqualTo("migration 0003_pets_birds.sql of a newer gateway needs gateways that know migration 0002, and this build ends at 0001; start a newer build"));
        Assert.That((await Migrator(First, Second).State(CancellationToken.None)).Newer, Is.EqualTo(new[] { breaking.File }));
    }

    [Test]
    public async Task What_a_gateway_recorded_that_knew_nothing_of_compatibility_counts_as_missing()
    {
        await Migrator(First, Second).Apply(CancellationToken.None);
        await Run("UPDATE hoop.migrations SET compatible_from = NULL");

        await Assert.ThrowsAsync<MigrationException>(() => Migrator(First).State(CancellationToken.None));
    }

    [Test]
    public async Task A_table_of_an_earlier_version_is_read_and_completed()
    {
        await Migrator(First).Apply(CancellationToken.None);
        await Run("ALTER TABLE hoop.migrations DROP COLUMN compatible_from");

        Assert.That((await Migrator(First, Second).State(CancellationToken.None)).Missing, Is.EqualTo(new[] { Second.File }));
        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(1));
        Assert.That(
            await List("SELECT coalesce(compatible_from, '-') FROM hoop.migrations ORDER BY file"), Is.EqualTo(new[] { "-", "0001" }));
    }

    [Test]
    public async Task A_schema_that_the_administrator_made_is_used()
    {
        await Run("CREATE SCHEMA hoop; CREATE SCHEMA pets");

        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(2));
        Assert.That(await Tables(), Is.EqualTo(new[] { "cats", "dogs" }));
    }

    [Test]
    [Description("W43")]
    public async Task A_role_that_may_not_create_is_told_the_statement_to_run()
    {
        await using var narrow = await NarrowRole();

        var refused = await Assert.ThrowsAsync<MigrationException>(() => Migrator(narrow, First).Apply(CancellationToken.None));

        Assert.That(
            refused!.Message,
            Does.StartWith("permission denied for database ").And.Match("run as the owner of the database: GRANT CREATE ON DATABASE \"test_[0-9_]+\" TO \"narrow_[0-9a-f]+\""));
    }

    [Test]
    [Description("W43")]
    public async Task A_role_without_ownership_works_on_what_another_one_migrated()
    {
        await using var narrow = await NarrowRole();
        await Migrator(First).Apply(CancellationToken.None);

        var blind = await Assert.ThrowsAsync<MigrationException>(() => Migrator(narrow, First).Apply(CancellationToken.None));
        var grants =
            blind!.Message[(blind.Message.IndexOf("GRANT USAGE", StringComparison.Ordinal))..blind.Message.IndexOf(" (docs",
                StringComparison.Ordinal)];
        await Run(grants);

        Assert.That(await Migrator(narrow, First).Apply(CancellationToken.None), Is.Zero, $"after: {grants}");
        var behind = await Assert.ThrowsAsync<MigrationException>(() => Migrator(narrow, First, Second).Apply(CancellationToken.None));
        Assert.That(behind!.Message, Does.Contain("let the owner of the schemas run hoop-gateway migrate"));
    }

    [Test]
    [Description("W43")]
    public async Task A_table_that_the_role_may_not_write_is_told_at_the_start()
    {
        await using var narrow = await NarrowRole();
        await Migrator(First).Apply(CancellationToken.None);
        await Run(
            $"GRANT USAGE ON SCHEMA hoop, pets TO {RoleOf(narrow)}; GRANT SELECT ON ALL TABLES IN SCHEMA hoop, pets TO {RoleOf(narrow)}");

        var refused = await Assert.ThrowsAsync<MigrationException>(() => Migrator(narrow, First).Apply(CancellationToken.None));

        Assert.That(refused!.Message, Does.StartWith("this role may not read and write pets.dogs; "));
    }

    [Test]
    [Description("W45, B19")]
    public async Task A_lock_that_somebody_keeps_is_waited_for_with_an_end_and_the_holder_is_named()
    {
        StartLock.Patience = TimeSpan.FromMilliseconds(300);
        try
        {
            await using var holder = await _database.OpenConnectionAsync();
            await holder.ExecuteAsync("SET application_name = 'the-holder'; SELECT pg_advisory_lock(@Key)", new { StartLock.Key });

            var refused = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First).Apply(CancellationToken.None));

            Assert.That(
                refused!.Message,
                Does.StartWith("another session has held the start lock of this database for ").And.Contain("the-holder"));
            await holder.ExecuteAsync("SELECT pg_advisory_unlock(@Key)", new { StartLock.Key });
            Assert.That(await Migrator(First).Apply(CancellationToken.None), Is.EqualTo(1));
        }
        finally
        {
            StartLock.Patience = TimeSpan.FromMinutes(5);
        }
    }

    [Test]
    public async Task The_lock_is_gone_with_its_transaction_and_no_session_keeps_it()
    {
        await Migrator(First, Second).Apply(CancellationToken.None);

        Assert.That(await List("SELECT locktype FROM pg_locks WHERE locktype = 'advisory'"), Is.Empty);
    }

    [Test]
    [Description("B19")]
    public async Task A_connection_that_breaks_in_the_middle_is_told_and_not_what_followed_from_it()
    {
        var suicidal = Second with { Sql = "SELECT pg_terminate_backend(pg_backend_pid())" };

        var broken = await Assert.ThrowsAsync<PostgresException>(() => Migrator(First, suicidal).Apply(CancellationToken.None));

        Assert.That(broken!.SqlState, Is.EqualTo("57P01"));
    }

    [Test]
    public async Task Files_of_a_module_that_this_host_does_not_have_are_left_alone()
    {
        await Migrator(First).Apply(CancellationToken.None);

        var other = new Migrator(
            _database,
            [new ModuleMigrations("plants", [new Migration("0003_plants_base.sql", "CREATE SCHEMA plants")])],
            NullLogger<Migrator>.Instance);

        Assert.That(await other.Apply(CancellationToken.None), Is.EqualTo(1));
    }

    [Test]
    public async Task A_file_that_fails_leaves_nothing_and_the_mended_one_goes_on_from_there()
    {
        var broken = Second with { Sql = "CREATE TABLE pets.half (name text); SELECT 1 / 0" };

        var failure = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First, broken).Apply(CancellationToken.None));

        Assert.That(failure!.Message, Is.EqualTo("migration 0002_pets_cats.sql failed and left nothing behind: division by zero"));

        Assert.That(await Recorded(), Is.EqualTo(new[] { First.File }));
        Assert.That(await Tables(), Is.EqualTo(new[] { "dogs" }));
        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(1), "the lock was given back");
    }

    [Test]
    public void Line_endings_do_not_change_the_checksum() =>
        Assert.That((First with { Sql = "a\r\nb" }).Checksum, Is.EqualTo((First with { Sql = "a\nb" }).Checksum));

    private Migrator Migrator(params Migration[] files) => Migrator(_database, files);

    private static Migrator Migrator(NpgsqlDataSource source, params Migration[] files) =>
        new(source, [new ModuleMigrations("pets", files)], NullLogger<Migrator>.Instance);

    /// <summary>The same database as a role that owns nothing.</summary>
    private async Task<NpgsqlDataSource> NarrowRole()
    {
        var role = $"narrow_{Guid.NewGuid():N}"[..20];
        await Run($"CREATE ROLE {role} LOGIN PASSWORD 'narrow'; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        return NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { Username = role, Password = "narrow" });
    }

    private static string RoleOf(NpgsqlDataSource source) => new NpgsqlConnectionStringBuilder(source.ConnectionString).Username!;

    private async Task Run(string sql)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }

    private Task<List<string>> Recorded() => List("SELECT file FROM hoop.migrations ORDER BY file");

    private Task<List<string>> Tables() => List("SELECT tablename FROM pg_tables WHERE schemaname = 'pets' ORDER BY tablename");

    private async Task<List<string>> List(string sql)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return (await connection.QueryAsync<string>(sql)).AsList();
    }
}
