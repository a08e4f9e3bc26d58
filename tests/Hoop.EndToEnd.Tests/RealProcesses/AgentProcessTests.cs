using System.Globalization;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.Shared;
using Hoop.Spiffe.Contracts;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary><c>hoop start agent</c> as a process of its own, which alone can adopt and end orphans.</summary>
internal sealed class AgentProcessTests
{
    private string _folder = null!;
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-agent-").FullName;
        _gateway = await TestGateway.Start();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_agent_connects_with_its_key_leaves_nothing_of_a_command_behind_and_ends_with_0()
    {
        await using var agent = await ConnectedAgent.Start(_gateway.Operator, _folder);

        // A session of its own is out of reach of the command's process group; the length of the sleep is its fingerprint.
        var sleep = $"300.{Random.Shared.Next(100_000_000, 999_999_999).ToString(CultureInfo.InvariantCulture)}";
        var pid = Path.Combine(_folder, "pid");
        var result = await Execute(Guid.Parse(agent.Id),
            "sh", "-c", $"setsid sh -c 'echo $$ > {pid}; exec sleep {sleep}' >/dev/null 2>&1 & until [ -s {pid} ]; do sleep 0.05; "
                + $"done; echo started");

        Assert.That((result.Outcome, result.Output), Is.EqualTo((AgentExecutionOutcome.Success, "started\n")));
        await Eventually.True(() => Task.FromResult(!Runs(sleep, File.ReadAllText(pid).Trim())), "the orphan still runs");

        Assert.That(await agent.Process.End(ChildProcess.SigTerm), Is.Zero);
        Assert.That(agent.Process.Errors[^1], Does.EndWith(" stopped"));
        Assert.That(agent.Process.Errors.Concat(agent.Process.Output), Has.None.Contain("xagt-"));
        await Eventually.True(
            async () => (await _gateway.Operator.Get("/api/agents/web"))["status"].GetString() == "DISCONNECTED",
            "the gateway still counts it as connected");
    }

    [Test]
    public async Task What_runs_when_the_agent_is_told_to_stop_ends_with_it()
    {
        await using var agent = await ConnectedAgent.Start(_gateway.Operator, _folder, "busy");
        var sleep = $"300.{Random.Shared.Next(100_000_000, 999_999_999).ToString(CultureInfo.InvariantCulture)}";
        var pid = Path.Combine(_folder, "busy-pid");
        var running = Execute(
            Guid.Parse(agent.Id),
            "sh",
            "-c",
            $"echo $$ > {pid}; exec sleep {sleep}");
        await Eventually.True(
            () => Task.FromResult(File.Exists(pid) && Runs(sleep, File.ReadAllText(pid).Trim())), "the command did not start");

        var code = await agent.Process.End(ChildProcess.SigTerm);

        Assert.That(code, Is.Zero);
        Assert.That((await running).Outcome, Is.Not.EqualTo(AgentExecutionOutcome.Success));
        await Eventually.True(() => Task.FromResult(!Runs(sleep, File.ReadAllText(pid).Trim())), "the command still runs");
    }

    [Test]
    public async Task Without_a_credential_the_agent_does_not_start()
    {
        await using var agent = ChildProcess.Start(
            HoopProgram.Path, _folder, new Dictionary<string, string>(StringComparer.Ordinal), "start", "agent");

        Assert.That(await agent.Ended(), Is.EqualTo(1));
        Assert.That(
            agent.Errors,
            Is.EqualTo(new[] { "error: HOOP_KEY: set it to the agent's key, or HOOP_SPIFFE_KEY_FILE to a file that holds a JWT-SVID" }));
    }

    [Test]
    public async Task A_command_finds_no_diagnostics_socket_of_its_agent_and_cannot_read_its_environment()
    {
        await using var agent = await ConnectedAgent.Start(_gateway.Operator, _folder, "closed");

        var result = await Execute(
            Guid.Parse(agent.Id),
            "sh", "-c", "echo $PPID; ls ${TMPDIR:-/tmp}/dotnet-diagnostic-$PPID-* 2>/dev/null | wc -l; stat -c %U /proc/$PPID/environ; "
                + "tr '\\0' '\\n' < /proc/$PPID/environ | grep -c EnableDiagnostics=0");

        var lines = result.Output.Split('\n');
        Assert.That(lines[1], Is.EqualTo("0"), "there is no socket");
        // A process that cannot be dumped belongs to root in /proc, so another user's command is refused there. Root reads it all the same.
        Assert.That(lines[2], Is.EqualTo("root"));
        Assert.That(lines[3], Is.EqualTo(Environment.UserName == "root" ? "1" : "0"));
        Assert.That(await agent.Process.End(ChildProcess.SigTerm), Is.Zero, "the signal reaches the process that was started");
    }

    private async Task<AgentExecution> Execute(Guid agentId, params string[] command)
    {
        await using var scope = _gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(
            new ExecuteOnAgent(DefaultOrganization.Id, agentId, command, new Dictionary<string, string>(), "", TimeSpan.FromMinutes(1)));
    }

    /// <summary>True while the process lives and is still that sleep, and not another that got its number.</summary>
    private static bool Runs(string sleep, string processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Contains(sleep, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
