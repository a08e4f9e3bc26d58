using System.Diagnostics;
using Hoop.PrivatePostgres;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Postgres;

/// <summary>
/// Real servers from the machine's own PostgreSQL. What the tests start is durable unless they say otherwise, as in production.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EmbeddedPostgresTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // CreateTempSubdirectory makes it 0700: as root, the server's user cannot reach anything below by name.
    private readonly string _root = Directory.CreateTempSubdirectory("hoop-test-").FullName;

    private string Data => Path.Combine(_root, "a clone's $folder", ".hoop");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Test]
    public async Task The_second_start_finds_the_data_again_and_a_stop_leaves_no_process()
    {
        int server;
        await using (var first = await Start())
        {
            await Execute(first, "CREATE TABLE kept (i int); INSERT INTO kept VALUES (42)");
            server = ServerProcess();
            Assert.That(IsAlive(server), Is.True);
        }

        // It removes its file, which is what a stop waits for, shortly before it is gone.
        await Eventually.True(() => !IsAlive(server), () => $"process {server} still lives");
        await using var second = await Start();
        Assert.That(await Read<int>(second, "SELECT i FROM kept"), Is.EqualTo(42));
    }

    [Test]
    public async Task The_server_listens_on_a_private_socket_only_and_forces_data_to_disk()
    {
        await using var postgres = await Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Read<string>(postgres, "SHOW listen_addresses"), Is.Empty);
            Assert.That(await Read<string>(postgres, "SHOW fsync"), Is.EqualTo("on"));
            Assert.That(await Read<string>(postgres, "SHOW data_checksums"), Is.EqualTo("on"));
            Assert.That(await Read<string>(postgres, "SHOW server_encoding"), Is.EqualTo("UTF8"));
            Assert.That(
                await Read<string>(postgres, "SELECT datcollate FROM pg_database WHERE datname = current_database()"), Is.EqualTo("C"));
            Assert.That(File.GetUnixFileMode(Path.Combine(Data, "postgres")), Is.EqualTo(OwnerOnly));
            Assert.That(File.GetUnixFileMode(Path.Combine(Data, "postgres", "socket")), Is.EqualTo(OwnerOnly));
            Assert.That(File.GetUnixFileMode(Data), Is.EqualTo(OwnerOnly));
        }
    }

    [Test]
    public async Task The_server_is_not_root_has_no_capability_no_secret_of_the_gateway_and_a_session_of_its_own()
    {
        await using var postgres = await Start();
        var folder = $"/proc/{ServerProcess()}";
        var status = await File.ReadAllLinesAsync($"{folder}/status");
        var session = (await File.ReadAllTextAsync($"{folder}/stat")).Split(") ")[1].Split(' ')[3];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t'), Has.None.EqualTo("0"));
            Assert.That(status.Single(line => line.StartsWith("CapPrm:", StringComparison.Ordinal)), Does.EndWith("\t0000000000000000"));
            Assert.That(
                await File.ReadAllTextAsync($"{folder}/environ"),
                Does.Not.Contain("HOME="),
                "the environment of the gateway is not handed on");
            Assert.That(session, Is.EqualTo(Path.GetFileName(folder)), "Ctrl-C reaches the session of the terminal only");
        }
    }

    [Test]
    public async Task A_server_that_was_killed_recovers_what_was_committed()
    {
        await using (var postgres = await Start())
        {
            await Execute(postgres, "CREATE TABLE kept (i int); INSERT INTO kept VALUES (42)");
            using var server = Process.GetProcessById(ServerProcess());
            server.Kill();
        }

        Assert.That(File.Exists(Path.Combine(Data, "postgres", "postmaster.pid")), Is.True, "the killed server left its file");
        await using var next = await Start();
        Assert.That(await Read<int>(next, "SELECT i FROM kept"), Is.EqualTo(42));
    }

    [Test]
    public async Task A_pid_file_whose_number_belongs_to_another_process_does_not_stop_the_start()
    {
        await using (var postgres = await Start())
        {
            await Execute(postgres, "SELECT 1");
        }

        using var other = Process.Start("sleep", "60");
        await File.WriteAllTextAsync(Path.Combine(Data, "postgres", "postmaster.pid"), $"{other.Id}\n{Data}/postgres\n");
        try
        {
            await using var next = await Start();
            Assert.That(ServerProcess(), Is.Not.EqualTo(other.Id));
            Assert.That(other.HasExited, Is.False);
        }
        finally
        {
            other.Kill();
        }
    }

    [Test]
    public async Task A_server_that_dies_under_a_running_gateway_is_started_again_with_its_data()
    {
        await using var postgres = await Start();
        await Execute(postgres, "CREATE TABLE kept (i int); INSERT INTO kept VALUES (42)");
        await using var watch = new PostgresWatch(postgres, NullLogger.Instance);

        using (var server = Process.GetProcessById(ServerProcess()))
        {
            server.Kill();
        }

        await Hoop.Testing.Eventually.True(() => Answers(postgres), "the server did not come back");
        Assert.That(await Read<int>(postgres, "SELECT i FROM kept"), Is.EqualTo(42));

        static async Task<bool> Answers(EmbeddedPostgres postgres)
        {
            try
            {
                return await Read<int>(postgres, "SELECT i FROM kept") == 42;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }

    [Test]
    public async Task A_server_that_a_killed_gateway_left_running_is_taken_over()
    {
        await using (var postgres = await Start())
        {
            await Execute(postgres, "SELECT 1");
        }

        // As the gateway leaves it: running, ready, and nobody holds the folder.
        var directory = Path.Combine(Data, "postgres");
        var programs = new ServerPrograms(PostgresBinaries.Find(null, null), await ServerUser.Choose(directory, default), directory);
        var left = await programs.Run(
            "pg_ctl",
            ["start", "-D", ServerPrograms.Here, "-l", "/dev/null", "-o", "-c listen_addresses= -c unix_socket_directories=socket", "-w"],
            default);
        Assert.That(left.ExitCode, Is.Zero, left.Output);
        var server = ServerProcess();

        await using (var next = await Start())
        {
            Assert.That(await Read<int>(next, "SELECT 1"), Is.EqualTo(1));
            Assert.That(ServerProcess(), Is.EqualTo(server));
        }

        Assert.That(IsAlive(server), Is.False);
    }

    [Test]
    public async Task A_start_that_was_killed_while_it_made_the_database_is_made_good_by_the_next()
    {
        var unfinished = Path.Combine(Data, "postgres.new");
        Directory.CreateDirectory(Path.Combine(unfinished, "base"));
        await File.WriteAllTextAsync(Path.Combine(unfinished, "PG_VERSION"), "15\n");

        await using var postgres = await Start();

        Assert.That(await Read<int>(postgres, "SELECT 1"), Is.EqualTo(1));
        Assert.That(Directory.Exists(unfinished), Is.False);
    }

    [Test]
    public async Task A_cancelled_start_leaves_nothing_running_and_the_folder_free()
    {
        using var cancel = new CancellationTokenSource();
        var starting = EmbeddedPostgres.Start(new EmbeddedPostgresOptions(Data), new CancelAtFirstLine(cancel), cancel.Token);

        Assert.That(async () => await starting, Throws.InstanceOf<OperationCanceledException>());
        await using var next = await Start();
        Assert.That(await Read<int>(next, "SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_second_gateway_on_the_same_folder_is_refused_in_one_line()
    {
        await using var first = await Start();

        Assert.That(async () => await Start(), Refused("HOOP_DATA_DIR", "in use by another gateway"));
        Assert.That(await Read<int>(first, "SELECT 1"), Is.EqualTo(1), "the first one is unharmed");
    }

    [Test]
    public void Data_of_a_version_that_is_not_installed_is_refused_in_one_line()
    {
        Directory.CreateDirectory(Path.Combine(Data, "postgres"));
        File.WriteAllText(Path.Combine(Data, "postgres", "PG_VERSION"), "9\n");

        Assert.That(async () => await Start(), Refused("HOOP_DATA_DIR", "written by PostgreSQL 9"));
    }

    [Test]
    public void Foreign_files_in_the_place_of_the_data_are_left_alone()
    {
        Directory.CreateDirectory(Path.Combine(Data, "postgres"));
        File.WriteAllText(Path.Combine(Data, "postgres", "notes.txt"), "mine");

        Assert.That(async () => await Start(), Refused("HOOP_DATA_DIR", "no PostgreSQL data"));
        Assert.That(File.Exists(Path.Combine(Data, "postgres", "notes.txt")), Is.True);
    }

    [Test]
    public async Task Damaged_data_is_refused_in_one_line_with_the_reason_of_the_server()
    {
        await using (await Start())
        {
        }

        File.Delete(Path.Combine(Data, "postgres", "global", "pg_control"));

        Assert.That(async () => await Start(), Refused("HOOP_DATA_DIR", "PostgreSQL does not start in"));
        await Assert.ThatAsync(async () => await Start(), Refused("HOOP_DATA_DIR", "pg_control"), "and the folder is free again");
    }

    [Test]
    public void A_wrong_folder_of_programs_is_refused_in_one_line() =>
        Assert.That(
            async () => await EmbeddedPostgres.Start(new EmbeddedPostgresOptions(Data) { Binaries = _root }, NullLogger.Instance, default),
            Refused("HOOP_POSTGRES_BIN", "initdb"));

    [Test]
    public void A_data_folder_that_is_a_file_is_refused_in_one_line()
    {
        File.WriteAllText(Path.Combine(_root, "file"), "");

        Assert.That(
            async () =>
                await EmbeddedPostgres.Start(new EmbeddedPostgresOptions(Path.Combine(_root, "file")), NullLogger.Instance, default),
            Refused("HOOP_DATA_DIR", "cannot be used"));
    }

    [TestCase(120)]
    [TestCase(10, ",")]
    public async Task A_folder_whose_socket_has_no_usable_name_gets_one_in_the_temp_folder_for_the_time(int length, string mark = "")
    {
        var data = Path.Combine(_root, mark + new string('x', length));
        string host;
        await using (var postgres = await EmbeddedPostgres.Start(new EmbeddedPostgresOptions(data) { Durable = false },
            NullLogger.Instance, default))
        {
            host = postgres.Connection.Host!;
            Assert.That(host, Does.StartWith(Path.GetTempPath()).And.Not.StartWith(data));
            Assert.That(await Read<int>(postgres, "SELECT 1"), Is.EqualTo(1));
        }

        Assert.That(Path.Exists(Path.GetDirectoryName(host)), Is.False);
    }

    [Test]
    public async Task A_throw_away_server_is_gone_with_its_data_after_the_stop()
    {
        await using (var postgres = await EmbeddedPostgres.Start(new EmbeddedPostgresOptions(Data) { Durable = false },
            NullLogger.Instance, default))
        {
            Assert.That(await Read<string>(postgres, "SHOW fsync"), Is.EqualTo("off"));
        }

        Assert.That(Directory.Exists(Path.Combine(Data, "postgres")), Is.False);
    }

    [Test]
    public async Task A_throw_away_server_is_gone_with_its_data_when_its_process_was_killed()
    {
        await using var postgres = await EmbeddedPostgres.Start(
            new EmbeddedPostgresOptions(Data) { Durable = false }, NullLogger.Instance, default);
        var (directory, server) = (Path.Combine(Data, "postgres"), ServerProcess());
        using var guard =
            new ServerPrograms(PostgresBinaries.Find(null, null), await ServerUser.Choose(directory, default), directory).Guard();

        // The end of the pipe is all that a guard sees of the death of its process.
        guard.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await guard.WaitForExitAsync(limit.Token);

        Assert.That(Directory.Exists(directory), Is.False);
        Assert.That(IsAlive(server), Is.False);
    }

    private Task<EmbeddedPostgres> Start() => EmbeddedPostgres.Start(new EmbeddedPostgresOptions(Data), NullLogger.Instance, default);

    private int ServerProcess() => DataDirectory.ServerProcess(Path.Combine(Data, "postgres"))!.Value;

    // A killed process whose parent has not noticed yet is a zombie: it is dead.
    private static bool IsAlive(int processId)
    {
        var stat = $"/proc/{processId}/stat";
        return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }

    private static NUnit.Framework.Constraints.Constraint Refused(string variable, string part) =>
        Throws.InstanceOf<ConfigurationException>()
            .With.Property(nameof(ConfigurationException.Variable)).EqualTo(variable)
            .And.Message.Contains(part)
            .And.Message.Not.Contains("\n");

    private static async Task Execute(EmbeddedPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.Connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> Read<T>(EmbeddedPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.Connection);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private sealed class CancelAtFirstLine(CancellationTokenSource cancel) : Microsoft.Extensions.Logging.ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel,
            Microsoft.Extensions.Logging.EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            cancel.Cancel();
    }
}
