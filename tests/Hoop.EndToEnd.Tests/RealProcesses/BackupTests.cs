using System.Diagnostics;
using System.Net;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>deploy/backup: what was backed up is there after a restore, what failed says so.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BackupTests : IDisposable
{
    private const string Token = "an-operator-of-backups-01";

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-backup-").FullName;

    private string Backup => Path.Combine(_folder, "hoop.backup");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_restored_database_serves_what_was_backed_up()
    {
        var (one, other) = (await TestPostgres.CreateEmptyDatabase(), await TestPostgres.CreateEmptyDatabase());
        (string, string)[] settings = [("HOOP_ADMIN_TOKEN", Token), ("HOOP_ENCRYPTION_KEY", TestGateway.EncryptionKey)];
        await using (var gateway = await RunningGateway.Start(_folder, one, settings))
        {
            var agent = await gateway.Operator.Post("/api/agents", new { name = "kept" });
            var made = await gateway.Operator.Post("/api/connections", new
            {
                name = "sealed",
                type = "custom",
                agent_id = agent.Text("id"),
                command = new[] { "sh" },
                secret = new Dictionary<string, string>(StringComparer.Ordinal)
                { ["envvar:CANARY"] = Convert.ToBase64String("c4n4ry"u8) },
            });
            Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Message);

            // While it serves.
            var backup = await Run("backup.sh", one, Backup);
            Assert.That((backup.Code, backup.Errors), Is.EqualTo((0, "")));
            Assert.That(
                File.GetUnixFileMode(Backup), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), "it is a secret");
        }

        var restored = await Run("restore.sh", other, Backup);
        Assert.That((restored.Code, restored.Errors), Is.EqualTo((0, "")));

        await using var second = await RunningGateway.Start(_folder, other, settings);
        var connection = await second.Operator.Get("/api/connections/sealed");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await second.Operator.Get("/api/agents/kept")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(connection.Body.ToString(), Does.Contain("envvar:CANARY"));
            Assert.That(second.Process.Errors, Is.Empty);
        }

        var again = await Run("restore.sh", other, Backup);
        Assert.That(again.Code, Is.EqualTo(1));
        Assert.That(
            again.Errors,
            Is.EqualTo("restore.sh: the database holds federation, hoop, identity, service_accounts, spiffe already; restore into an empty one\n"));
    }

    [Test]
    [Description("P7: a backup that ended at the first table was taken for one")]
    public async Task A_backup_that_fails_leaves_no_file_and_says_so()
    {
        var database = await TestPostgres.CreateEmptyDatabase();
        var failed = await Run("backup.sh", database, Backup);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed.Code, Is.EqualTo(1));
            Assert.That(failed.Errors, Does.EndWith("backup.sh: pg_dump failed, see above; there is no backup\n"));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
        }
    }

    [Test]
    public async Task A_cut_backup_restores_nothing()
    {
        await File.WriteAllTextAsync(Backup, "PGDMP, cut");
        var database = await TestPostgres.CreateEmptyDatabase();
        var failed = await Run("restore.sh", database, Backup);

        Assert.That(failed.Code, Is.EqualTo(1));
        Assert.That(failed.Errors, Does.EndWith("restore.sh: nothing was restored; see above\n"));
    }

    private static async Task<(int Code, string Output, string Errors)> Run(
        string script, NpgsqlConnectionStringBuilder database, string file)
    {
        var start = new ProcessStartInfo(
            "bash", [Path.Combine(AppContext.BaseDirectory, "deploy/backup", script), file])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOOP_DATABASE_URL"] =
            $"postgres://{database.Username}:{Uri.EscapeDataString(database.Password ?? "")}@/{database.Database}?host={database.Host}&port={database.Port}";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
