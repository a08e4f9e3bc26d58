using System.Diagnostics;
using System.Text.RegularExpressions;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

/// <summary>The tests on a database whose role can make no others: the fixtures have it in turn, and each finds it as a new one.</summary>
public sealed partial class GivenDatabaseTests
{
    private const string RowsSql = """
        SELECT string_agg(line, chr(10) ORDER BY line)
        FROM (
          SELECT format('%I.%I %s', table_schema, table_name,
            query_to_xml(format('SELECT * FROM %I.%I AS row ORDER BY row::text', table_schema, table_name), false, false, ''))
          FROM information_schema.tables
          WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND (table_schema, table_name) <> ('hoop', 'migrations')
          UNION ALL
          SELECT format('%s', file || sha256) FROM hoop.migrations
          UNION ALL
          SELECT format('%I.%I next %s', schemaname, sequencename, coalesce(last_value, 0)) FROM pg_sequences
        ) AS lines (line)
        """;

    private NpgsqlConnectionStringBuilder _owner = null!;
    private NpgsqlConnectionStringBuilder _narrow = null!;

    [SetUp]
    public async Task CreateRoleAndDatabase()
    {
        _owner = await TestPostgres.CreateEmptyDatabase();
        var role = $"given_{Guid.NewGuid():N}"[..20];
        await Ask(_owner, $"CREATE ROLE {role} LOGIN PASSWORD 'given' NOCREATEDB; ALTER DATABASE {_owner.Database} OWNER TO {role}");
        _narrow = new NpgsqlConnectionStringBuilder(_owner.ConnectionString) { Username = role, Password = "given" };
    }

    [Test]
    public async Task The_next_one_finds_it_as_migrated_and_empty_as_a_new_one()
    {
        await using var fresh = await TestPostgres.CreateDatabase();
        await using var given = new GivenDatabase(_narrow);
        await using (var first = await given.Take())
        {
            await Use(first);
            await Ask(first.Connection, "UPDATE identity.mounts SET description = 'changed'; DELETE FROM identity.mounts WHERE type = 'token'");
            Assert.That(await Rows(first), Is.Not.EqualTo(await Rows(fresh)));
        }

        await using var second = await given.Take();

        Assert.That(await Rows(second), Is.EqualTo(await Rows(fresh)));
        await Use(second);
    }

    [TestCase("ALTER TABLE spiffe.agents RENAME TO agents_gone")]
    [TestCase("ALTER TABLE identity.audit_events ADD CONSTRAINT no_room CHECK (action <> 'create') NOT VALID")]
    [TestCase("CREATE TABLE public.things (name text); INSERT INTO public.things VALUES ('left')")]
    [TestCase("DROP SCHEMA hoop CASCADE")]
    [TestCase("INSERT INTO hoop.migrations (file, module, sha256) VALUES ('9001_identity_next.sql', 'identity', 'x')")]
    [TestCase("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER refuse "
        + "BEFORE INSERT ON identity.audit_events FOR EACH ROW EXECUTE FUNCTION public.refuse()")]
    public async Task What_a_test_changed_in_the_schema_is_gone_for_the_next_one(string change)
    {
        await using var fresh = await TestPostgres.CreateDatabase();
        await using var given = new GivenDatabase(_narrow);
        await using (var first = await given.Take())
        {
            await Ask(first.Connection, change);
        }

        await using var second = await given.Take();

        Assert.That(await Rows(second), Is.EqualTo(await Rows(fresh)));
        await Use(second);
    }

    [Test]
    public async Task Another_process_waits_and_the_second_of_one_process_is_skipped()
    {
        await using var given = new GivenDatabase(_narrow);
        await using var other = new GivenDatabase(_narrow);
        var first = await given.Take();

        Assert.That(async () => await given.Take(), Throws.InstanceOf<IgnoreException>().With.Message.Contains("has no CREATEDB"));
        var second = other.Take();
        await Eventually.True(
            async () => await Ask(_owner, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") is > 0L,
            "the other one does not wait");
        Assert.That(second.IsCompleted, Is.False);
        await first.DisposeAsync();

        await using var taken = await second;
        await Use(taken);
    }

    [Test]
    public async Task A_database_that_holds_something_is_left_alone()
    {
        await Ask(_narrow, "CREATE TABLE public.precious AS SELECT 42 AS worth");
        await using var given = new GivenDatabase(_narrow);

        Assert.That(
            async () => await given.Take(),
            Throws.InstanceOf<InvalidOperationException>().With.Message.Contains($"{_narrow.Database} is not empty"));
        Assert.That(await Ask(_narrow, "SELECT worth FROM public.precious"), Is.EqualTo(42));
    }

    [Test]
    public async Task Tests_of_such_a_role_run_and_those_that_cannot_say_why()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "test", typeof(GivenDatabaseTests).Assembly.Location, "--nologo", "--logger", "console;verbosity=normal",
                "--filter", $"FullyQualifiedName~{nameof(AgreementsTests)}|FullyQualifiedName~{nameof(DbTests)}",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["HOOP_TEST_DATABASE_URL"] = _narrow.ConnectionString;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));

        Assert.That(process.ExitCode, Is.Zero, $"{await output}{await errors}");
        Assert.That(
            await output,
            Does.Match(@"Passed\s+What_was_agreed_is_known_to_the_next_one").And.Match(@"Skipped\s+A_statement_sees_the_rows_of")
                .And.Contain("needs an empty database, and the role of HOOP_TEST_DATABASE_URL has no CREATEDB"));
    }

    private static async Task Use(TestDatabase database)
    {
        await using var gateway = await TestGateway.Start(connection: database.Connection);
        Assert.That((int)(await gateway.Operator.Post("/api/agents", new { name = "web" })).Status, Is.EqualTo(201));
        await gateway.CreateOrganization("another");
    }

    // Migrations put the moment of the migration into their rows, and random ids.
    private static async Task<string> Rows(TestDatabase database) =>
        OfEachMigration().Replace((string)(await Ask(database.Connection, RowsSql))!, "*");

    [GeneratedRegex(
        @"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex OfEachMigration();

    private static async Task<object?> Ask(NpgsqlConnectionStringBuilder address, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
#pragma warning disable CA2100 // Written above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
