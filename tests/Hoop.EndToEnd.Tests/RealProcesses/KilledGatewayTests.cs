using Hoop.EndToEnd.Tests.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>A gateway that dies, or stands still, in the middle of sessions.</summary>
internal sealed class KilledGatewayTests
{
    [Test]
    [Description("F1, F5: no exit frame is a failure, and the command does not outlive the gateway that it ran for")]
    public async Task A_gateway_that_is_killed_ends_the_command_on_the_agent_and_the_caller_with_255()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-killed-").FullName;
        await using var database = await TestPostgres.CreateDatabase();
        await using var gateway = await RunningGateway.Start(folder, database.Connection, ("HOOP_ADMIN_TOKEN", TestGateway.AdminToken));
        await using var agent = await ConnectedAgent.Start(gateway.Operator, folder);
        var pids = Path.Join(folder, "pids");
        var name = await agent.Connection(
            "sh", "-c", $"sleep 600 & echo $! > {pids}.part; echo $$ >> {pids}.part; mv {pids}.part {pids}; echo begun; wait");
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        var running = hoop.Run("exec", name, "-i", "");
        await Eventually.True(() => File.Exists(pids), () => "the command does not run", ChildProcess.Limit);

        await gateway.Process.End(ChildProcess.SigKill);

        var ran = await running;
        Assert.That(ran.Code, Is.EqualTo(255));
        Assert.That(ran.Error, Does.Contain("the connection to the gateway broke"));
        foreach (var pid in await File.ReadAllLinesAsync(pids))
        {
            await Eventually.True(() => !Directory.Exists($"/proc/{pid}"), () => $"process {pid} lives on", TimeSpan.FromSeconds(30));
        }

        Assert.That(agent.Process.HasExited, Is.False, "the agent waits for the gateway to come back");
        Directory.Delete(folder, recursive: true);
    }
}
