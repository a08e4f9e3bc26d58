using Hoop.PrivatePostgres;
using Hoop.Shared.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Postgres;

/// <summary>Nobody but the gateway signs in to its private PostgreSQL, also not a process of the server's own user.</summary>
[Description("S23")]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ServerAccessTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hoop-test-").FullName;

    private string Data => Path.Combine(_root, "data");

    private string PasswordFile => Path.Combine(Data, "postgres-password");

    private string Server => Path.Combine(Data, "postgres");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Test]
    public async Task Without_the_password_nobody_is_let_in_whatever_the_role()
    {
        await using var postgres = await Start();

        Assert.That(await Read(postgres.Connection), Is.EqualTo("hoop"));
        foreach (var (user, password) in new[] { ("hoop", ""), ("hoop", "guess"), ("postgres", "guess") })
        {
            Assert.That(
                async () => await Read(new(postgres.Connection.ConnectionString) { Username = user, Password = password }),
                Throws.InstanceOf<NpgsqlException>().With.Message.Contains("assword"),
                $"{user} {password}");
        }
    }

    [Test]
    public async Task A_process_of_the_servers_user_is_refused_without_it()
    {
        await using var postgres = await Start();
        var server = int.Parse(
            (await File.ReadAllLinesAsync(Path.Combine(Server, "postmaster.pid")))[0], System.Globalization.CultureInfo.InvariantCulture);
        var user = await ServerUser.Choose(Server, CancellationToken.None);

        var answer = await Command.Run(
            [.. user.Prefix, "psql", "-w", "-h", $"/proc/{server}/cwd/socket", "-U", "hoop", "-c", "SELECT 1", "hoop"],
            CancellationToken.None);

        Assert.That((answer.ExitCode, answer.Output), Is.Not.EqualTo((0, "")));
        Assert.That(answer.Output, Does.Contain("password"), "refused for want of the password, and not for another reason");
    }

    [Test]
    public async Task The_password_is_its_owners_alone_and_stays()
    {
        await using (await Start())
        {
        }

        var password = await File.ReadAllTextAsync(PasswordFile);
        Assert.That(File.GetUnixFileMode(PasswordFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await using var again = await Start();
        Assert.That(await File.ReadAllTextAsync(PasswordFile), Is.EqualTo(password));
        Assert.That(await Read(again.Connection), Is.EqualTo("hoop"));
    }

    [Test]
    public async Task Data_of_a_version_that_let_everybody_in_is_closed_by_the_next_start()
    {
        await using (await Start())
        {
        }

        await Open();
        await using var closed = await Start();

        Assert.That(await Read(closed.Connection), Is.EqualTo("hoop"));
        await Assert.ThrowsAsync<PostgresException>(() => Read(new(closed.Connection.ConnectionString) { Password = "guess" }));
    }

    [Test]
    public async Task A_running_server_of_such_a_version_is_taken_over_and_closed()
    {
        await using (await Start())
        {
        }

        await Open();
        await StartByHand();
        await using var closed = await Start();

        Assert.That(await Read(closed.Connection), Is.EqualTo("hoop"));
        await Hoop.Testing.Eventually.True(
            async () =>
            {
                try
                {
                    return await Read(new(closed.Connection.ConnectionString) { Password = "guess" }) is null;
                }
                catch (PostgresException)
                {
                    return true;
                }
            },
            "still open to everybody");
    }

    [Test]
    public async Task A_lost_password_is_replaced()
    {
        await using (await Start())
        {
        }

        File.Delete(PasswordFile);
        await using (var again = await Start())
        {
            Assert.That(await Read(again.Connection), Is.EqualTo("hoop"));
        }
    }

    [Test]
    public async Task A_password_that_others_may_read_stops_the_start()
    {
        await using (await Start())
        {
        }

        File.SetUnixFileMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.That(async () => await Start(), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("chmod 600"));
    }

    // As initdb -A trust left it, and without the file that only this version knows.
    private async Task Open()
    {
        File.Delete(PasswordFile);
        await File.WriteAllTextAsync(Path.Combine(Server, "pg_hba.conf"), "local all all trust\n");
    }

    private async Task StartByHand()
    {
        var user = await ServerUser.Choose(Server, CancellationToken.None);
        var programs = new ServerPrograms(PostgresBinaries.Find(named: null, DataDirectory.MajorVersion(Server)), user, Server);
        await programs.Prepare("socket", CancellationToken.None);
        var started = await programs.Run(
            "pg_ctl",
            ["start", "-D", ServerPrograms.Here, "-l", $"{ServerPrograms.Here}/start.log", "-o", "-c listen_addresses= -c port=5432 -c "
                + "unix_socket_directories=socket", "-w", "-s"],
            CancellationToken.None);
        Assert.That(started.ExitCode, Is.Zero, started.Output);
    }

    private Task<EmbeddedPostgres> Start() =>
        EmbeddedPostgres.Start(new EmbeddedPostgresOptions(Data), NullLogger.Instance, CancellationToken.None);

    private static async Task<string?> Read(NpgsqlConnectionStringBuilder connection)
    {
        await using var open = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT current_user::text", open);
        return (string?)await command.ExecuteScalarAsync();
    }
}
