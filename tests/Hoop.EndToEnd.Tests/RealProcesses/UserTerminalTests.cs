using System.Diagnostics;
using Hoop.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>However <c>hoop connect</c> is ended, the terminal of its user is as it was, and the command ends too.</summary>
internal sealed class UserTerminalTests
{
    private static readonly string Program = typeof(HoopCommand).Assembly.Location;

    private string _folder = null!;
    private TestGateway _gateway = null!;
    private ConnectedAgent _agent = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-terminals-").FullName;
        _gateway = await TestGateway.Start();
        _agent = await ConnectedAgent.Start(_gateway.Operator, _folder);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _agent.DisposeAsync();
        await _gateway.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    [Description("eminwux/sbsh#392, trailofbits/coop#224, liaohch3/claude-tap#455: raw modes and commands that were left behind")]
    public async Task Every_signal_that_ends_hoop_gives_the_terminal_back_and_ends_the_command(
        [Values("TERM", "HUP", "QUIT", "INT")] string signal)
    {
        var name = await _agent.Connection("sleep", "600");
        var files = Directory.CreateDirectory(Path.Join(_folder, signal)).FullName;

        // Whoever runs the tests in the background has some of them ignored.
        await File.WriteAllTextAsync($"{files}/run.sh", $$"""
            export HOME={{files}} HOOP_APIURL={{_gateway.Address}} HOOP_TOKEN={{TestGateway.AdminToken}} PROGRAM='{{Program}}'
            run="sh -c 'echo \$\$ > {{files}}/pid; exec dotnet \"\$PROGRAM\" connect {{name}}'"
            (while [ ! -e {{files}}/over ]; do sleep 0.1; done) |
              env --default-signal=HUP,INT,QUIT,TERM script -qec "$run; echo code \$?; stty -a; touch {{files}}/over" /dev/null
            """);
        using var bash = Process.Start(new ProcessStartInfo("bash", [$"{files}/run.sh"])
        {
            RedirectStandardOutput = true, UseShellExecute = false,
        })!;
        var output = bash.StandardOutput.ReadToEndAsync();
        await _agent.Running(name);

        using (var kill = Process.Start("kill", [$"-{signal}", (await File.ReadAllTextAsync($"{files}/pid")).Trim()]))
        {
            await kill.WaitForExitAsync();
        }

        var told = await output.WaitAsync(ChildProcess.Limit);
        Assert.That(told, Does.Contain(" icanon").And.Contain(" echo ").And.Not.Contain("-icanon"), "the terminal is still raw");
        Assert.That(told, Does.Contain("code 130"));
        await _agent.Ended(name);
    }
}
