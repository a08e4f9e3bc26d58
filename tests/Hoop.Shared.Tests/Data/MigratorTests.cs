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

    private NpgsqlDataSource _database = null!;

    [SetUp]
    public async Task Start() => _database = NpgsqlDataSource.Create(await TestPostgres.CreateEmptyDatabase());

    [TearDown]
    public async Task Stop() => await _database.DisposeAsync();

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
        Assert.That(await Migrator(First).IsCurrent(CancellationToken.None), Is.True);
        Assert.That(await Migrator(First, Second).IsCurrent(CancellationToken.None), Is.False);
        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(1));
    }

    [Test]
    public async Task A_changed_file_stops_the_start_and_names_the_fix()
    {
        await Migrator(First).Apply(CancellationToken.None);

        var changed = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First with { Sql = First.Sql + ";" }, Second).Apply(CancellationToken.None));

        Assert.That(changed!.Message, Is.EqualTo("migration 0001_pets_base.sql was changed after it was applied; restore the file and put the change into a new one"));
        Assert.That(await Recorded(), Is.EqualTo(new[] { First.File }), "nothing further was applied");
    }

    [Test]
    public async Task A_missing_file_stops_the_start_and_names_the_fix()
    {
        await Migrator(First, Second).Apply(CancellationToken.None);

        var missing = await Assert.ThrowsAsync<MigrationException>(() => Migrator(First).Apply(CancellationToken.None));

        Assert.That(missing!.Message, Is.EqualTo("migration 0002_pets_cats.sql was applied to this database, but is missing in this build; start the build that wrote it, or a newer one"));
    }

    [Test]
    public async Task Files_of_a_module_that_this_host_does_not_have_are_left_alone()
    {
        await Migrator(First).Apply(CancellationToken.None);

        var other = new Migrator(_database, [new ModuleMigrations("plants", [new Migration("0003_plants_base.sql", "CREATE SCHEMA plants")])], NullLogger<Migrator>.Instance);

        Assert.That(await other.Apply(CancellationToken.None), Is.EqualTo(1));
    }

    [Test]
    public async Task A_file_that_fails_leaves_nothing_and_the_mended_one_goes_on_from_there()
    {
        var broken = Second with { Sql = "CREATE TABLE pets.half (name text); SELECT 1 / 0" };

        await Assert.ThrowsAsync<PostgresException>(() => Migrator(First, broken).Apply(CancellationToken.None));

        Assert.That(await Recorded(), Is.EqualTo(new[] { First.File }));
        Assert.That(await Tables(), Is.EqualTo(new[] { "dogs" }));
        Assert.That(await Migrator(First, Second).Apply(CancellationToken.None), Is.EqualTo(1), "the lock was given back");
    }

    [Test]
    public void Line_endings_do_not_change_the_checksum() =>
        Assert.That((First with { Sql = "a\r\nb" }).Checksum, Is.EqualTo((First with { Sql = "a\nb" }).Checksum));

    private Migrator Migrator(params Migration[] files) => new(_database, [new ModuleMigrations("pets", files)], NullLogger<Migrator>.Instance);

    private Task<List<string>> Recorded() => List("SELECT file FROM hoop.migrations ORDER BY file");

    private Task<List<string>> Tables() => List("SELECT tablename FROM pg_tables WHERE schemaname = 'pets' ORDER BY tablename");

    private async Task<List<string>> List(string sql)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return (await connection.QueryAsync<string>(sql)).AsList();
    }
}
