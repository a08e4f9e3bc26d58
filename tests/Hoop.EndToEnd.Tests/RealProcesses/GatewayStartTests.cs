using System.Net;
using Hoop.PrivatePostgres;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>The gateway as people start it: with nothing but a folder.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GatewayStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task An_empty_folder_is_enough_and_the_second_start_finds_the_data_again()
    {
        int server;
        await using (var first = await RunningGateway.Start(_folder))
        {
            await first.Process.Said("./hoop admin get agents");
            server = Server();
            var banner = string.Join('\n', first.Process.Output);
            var created = await first.Operator.Post("/api/agents", new { name = "kept" });
            var code = await first.Process.End(ChildProcess.SigTerm);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(banner, Does.Contain($"Hoop is ready at {first.Address.OriginalString}"));
                Assert.That(banner, Does.Contain($"Admin token: {RunningGateway.TokenFile(_folder)}"));
                Assert.That(
                    banner,
                    Does.Match(@"Try next:\n  curl -s http://\S+/healthz/ready\n  HOOP_TOKEN=\S+ '?[^\n]+ ./hoop config create --api-url http://\S+\n  ./hoop admin get agents"));
                Assert.That(
                    File.GetUnixFileMode(RunningGateway.TokenFile(_folder)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
                Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
                Assert.That(code, Is.Zero);
                Assert.That(IsAlive(server), Is.False, "its PostgreSQL ends with it");
                Assert.That(first.Process.Errors, Is.Empty);
                Assert.That(banner, Does.Not.Contain(" WRN ").And.Not.Contain(" ERR "), "a first start has nothing to warn of");
                Assert.That(
                    Directory.EnumerateFileSystemEntries(_folder),
                    Is.EqualTo(new[] { RunningGateway.DataOf(_folder) }),
                    "nothing is left in the user's home");
            }
        }

        await using var second = await RunningGateway.Start(_folder);
        Assert.That((await second.Operator.Get("/api/agents/kept")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task After_kill_9_the_next_start_takes_the_PostgreSQL_over_and_has_all_that_was_committed()
    {
        await using (var killed = await RunningGateway.Start(_folder))
        {
            await killed.Operator.Post("/api/agents", new { name = "kept" });
            var server = Server();
            await killed.Process.End(ChildProcess.SigKill);
            Assert.That(IsAlive(server), Is.True, "nobody was there to stop it");
        }

        await using var next = await RunningGateway.Start(_folder);
        Assert.That((await next.Operator.Get("/api/agents/kept")).Status, Is.EqualTo(HttpStatusCode.OK));

        var last = Server();
        Assert.That(await next.Process.End(ChildProcess.SigTerm), Is.Zero);
        Assert.That(IsAlive(last), Is.False);
    }

    private int Server() => DataDirectory.ServerProcess(Path.Combine(RunningGateway.DataOf(_folder), "postgres"))!.Value;

    // A dead process whose parent has not noticed yet is a zombie.
    private static bool IsAlive(int processId)
    {
        var stat = $"/proc/{processId}/stat";
        return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }
}
