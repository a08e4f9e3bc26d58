using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

/// <summary>Addresses of databases as people copy them from libpq's documents, from clouds' consoles and from env files.</summary>
public sealed class ConnectionTextTests
{
    [TestCase("postgres://hoop@db.example.com/hoop", "Host=db.example.com;Username=hoop;Database=hoop")]
    [TestCase("POSTGRES://db.example.com", "Host=db.example.com")]
    [TestCase("postgresql://hoop:p%40ss%2Fw%3Ard@db:5433/hoop", "Host=db;Port=5433;Username=hoop;Password=p@ss/w:rd;Database=hoop")]
    [TestCase("postgres://hoop:p@ss@db/hoop", "Host=db;Username=hoop;Password=p@ss;Database=hoop")]
    [TestCase("postgres://a:1,b:2/plain?target_session_attrs=read-write",
        "Host=a:1,b:2;Database=plain;Target Session Attributes=read-write")]
    [TestCase("postgres://app:app@127.0.0.1:5432,127.0.0.1:5433/plain",
        "Host=127.0.0.1:5432,127.0.0.1:5433;Username=app;Password=app;Database=plain")]
    [TestCase("postgres://a,b:2/plain", "Host=a:5432,b:2;Database=plain")]
    [TestCase("postgres://a,b/plain?port=6432", "Host=a,b;Port=6432;Database=plain")]
    [TestCase("postgresql://app:app@%2Frun%2Fpostgresql/plain", "Host=/run/postgresql;Username=app;Password=app;Database=plain")]
    [TestCase("postgresql:///plain?host=/run/postgresql&port=5433&user=app&password=p%26w",
        "Host=/run/postgresql;Port=5433;Username=app;Password=p&w;Database=plain")]
    [TestCase("postgresql://?host=db&dbname=hoop&user=app", "Host=db;Database=hoop;Username=app")]
    [TestCase("postgres://[::1]:5433/hoop", "Host=::1;Port=5433;Database=hoop")]
    [TestCase("postgres://[2001:db8::1]/hoop", "Host=2001:db8::1;Database=hoop")]
    [TestCase("postgres://db/hoop?sslmode=verify-full&sslrootcert=/ca.pem",
        "Host=db;Database=hoop;SSL Mode=VerifyFull;Root Certificate=/ca.pem")]
    [TestCase("postgres://db/hoop?sslmode=require&sslrootcert=/ca.pem", "Host=db;Database=hoop;SSL Mode=VerifyCA;Root Certificate=/ca.pem")]
    [TestCase("postgres://db/hoop?sslmode=require&channel_binding=require",
        "Host=db;Database=hoop;SSL Mode=Require;Channel Binding=Require")]
    [TestCase("postgres://db/hoop?application_name=eu%201&connect_timeout=7", "Host=db;Database=hoop;Application Name=eu 1;Timeout=7")]
    [TestCase("postgres://db/hoop?options=-c%20search_path%3Dx", "Host=db;Database=hoop;Options=-c search_path=x")]
    [TestCase("postgres://db/hoop?keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3",
        "Host=db;Database=hoop;Tcp Keepalive=true;Tcp Keepalive Time=30;Tcp Keepalive Interval=5")]
    [TestCase("postgres://a,b/hoop?load_balance_hosts=random", "Host=a,b;Database=hoop;Load Balance Hosts=true")]
    [TestCase("postgres://db/hoop?Maximum%20Pool%20Size=7", "Host=db;Database=hoop;Maximum Pool Size=7")]
    [TestCase("Host=db;Username=hoop;Password='p;w';Database=hoop", "Host=db;Username=hoop;Password='p;w';Database=hoop")]
    [TestCase("Host=a,b;Target Session Attributes=read-write", "Host=a,b;Target Session Attributes=read-write")]
    [TestCase("Server=db;Port=5433;User Id=hoop;Max Auto Prepare=0", "Host=db;Port=5433;Username=hoop;Max Auto Prepare=0")]
    public void An_address_is_understood(string text, string expected)
    {
        var (read, wanted) = (ConnectionText.Parse(text), new NpgsqlConnectionStringBuilder(expected));

        Assert.That(
            read.Keys.Cast<string>().ToDictionary(key => key, key => read[key]),
            Is.EquivalentTo(wanted.Keys.Cast<string>().ToDictionary(key => key, key => wanted[key])));
    }

    [TestCase("what is this", "is neither a postgres:// URL nor")]
    [TestCase("postgres:///nohost", "names no host")]
    [TestCase("Database=hoop", "names no host")]
    [TestCase("mysql://canary:canary@db/hoop", "is neither a postgres:// URL nor")]
    [TestCase("postgres://hoop:canary@db:notaport/hoop", "the parameter port must be a number from 1 to 65535")]
    [TestCase("postgres://hoop:canary@db:0/hoop", "the parameter port must be a number from 1 to 65535")]
    [TestCase("postgres://db/hoop?port=1,2,3", "names 1 hosts and 3 ports")]
    [TestCase("postgres://hoop:canary%@db/hoop", "has a % that is not followed by two hexadecimal digits")]
    [TestCase("postgres://[::1/hoop", "IPv6 address")]
    [TestCase("postgres://[::1]x/hoop", "IPv6 address")]
    [TestCase("postgres://db/hoop?sslmode=canary", "the parameter sslmode has a value that cannot be used")]
    [TestCase("postgres://db/hoop?channel_binding=canary", "the parameter channel_binding has a value that cannot be used")]
    [TestCase("postgres://db/hoop?connect_timeout=canary", "the parameter connect_timeout has a value that cannot be used")]
    [TestCase("postgres://db/hoop?sslcrl=canary", "the parameter sslcrl is not known")]
    [TestCase("postgres://db/hoop?canary", "has a query that is not name=value")]
    [TestCase("Host=db;Pasword=canary", "the parameter pasword is not known")]
    [TestCase("Host=db;Port=canary", "the parameter port must be a number")]
    public void A_mistake_is_named_and_no_value_is_repeated(string text, string problem) =>
        Assert.That(
            () => ConnectionText.Parse(text),
            Throws.InstanceOf<ConfigurationException>()
                .With.Message.StartsWith("HOOP_DATABASE_URL: ").And.Message.Contains(problem).IgnoreCase.And.Message.Not.Contains("canary"));

    [Test]
    public void The_other_variable_is_named_where_it_is_the_wrong_one() =>
        Assert.That(
            () => ConnectionText.Parse("", "HOOP_DATABASE_LISTEN_URL"),
            Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_DATABASE_LISTEN_URL: "));

    [Test]
    public async Task A_session_has_the_limits_of_the_gateway_and_keeps_them_in_the_pool()
    {
        await using var source = ConnectionText.Open(await TestPostgres.CreateEmptyDatabase());
        for (var use = 0; use < 3; use++)
        {
            await using var command = source.CreateCommand(
                "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('application_name'))");

            Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo("15s 5s 10s hoop-gateway"));
        }
    }

    [Test]
    public async Task What_the_address_says_wins()
    {
        var address = await TestPostgres.CreateEmptyDatabase();
        address.Options = "-c statement_timeout=77s";
        address.ApplicationName = "mine";
        await using var source = ConnectionText.Open(address);
        await using var command = source.CreateCommand(
            "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('application_name'))");

        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo("77s 5s mine"));
    }

    [Test]
    public async Task A_session_is_given_back_as_it_is_unless_the_operator_wants_it_reset([Values] bool wanted)
    {
        var address = await TestPostgres.CreateEmptyDatabase();
        address.MaxPoolSize = 1;
        if (wanted)
        {
            address.NoResetOnClose = false;
        }

        await using var source = ConnectionText.Open(address);
        await using (var first = await source.OpenConnectionAsync())
        {
            await Run(first, "SET application_name = 'first'");
            await Run(first, "BEGIN; CREATE TABLE undone (a int)");
        }

        await using var command = source.CreateCommand(
            "SELECT current_setting('application_name') || coalesce(to_regclass('undone')::text, '')");

        Assert.That(
            await command.ExecuteScalarAsync(),
            Is.EqualTo(wanted ? "hoop-gateway" : "first"),
            "a transaction that was left open is undone either way");
    }

    [Test]
    public async Task Behind_a_pooler_nothing_is_prepared_and_no_session_is_set_up()
    {
        await using var source = ConnectionText.Open(await TestPostgres.CreateEmptyDatabase(), pooled: true);
        var opened = new NpgsqlConnectionStringBuilder(source.ConnectionString);

        Assert.That((opened.MaxAutoPrepare, opened.NoResetOnClose, opened.Options), Is.EqualTo((0, true, (string?)null)));
    }

    [Test]
    public async Task A_lock_that_is_held_elsewhere_is_waited_for_briefly_and_told_as_unavailable()
    {
        var address = await TestPostgres.CreateEmptyDatabase();
        address.Options = "-c lock_timeout=50ms";
        await using var source = ConnectionText.Open(address);
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await Run(holder, "CREATE TABLE held (a int); SAVEPOINT made");
        await transaction.CommitAsync();
        await using var holding = await holder.BeginTransactionAsync();
        await Run(holder, "LOCK TABLE held");
        await using var waiter = await source.OpenConnectionAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => Run(waiter, "INSERT INTO held VALUES (1)"));

        Assert.That((refused!.SqlState, DatabaseErrors.IsUnavailable(refused)), Is.EqualTo(("55P03", true)));
    }

    [Test]
    public async Task A_direct_session_is_ones_own()
    {
        var address = await TestPostgres.CreateEmptyDatabase();

        Assert.That(await OwnSession.IsPooled(address, CancellationToken.None), Is.False);
        await OwnSession.Demand(address, "HOOP_DATABASE_URL", "", CancellationToken.None);
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Written above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
