using Hoop.Cli.Agent;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>The real agent of the command line, running in this process against a gateway.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _log = new();
    private readonly Task<int> _run;

    private TestAgent(Uri gateway, AgentCredential credential, string[] allowedCommands)
    {
        var options = new AgentOptions
        {
            Gateway = gateway,
            Credential = credential,
            AllowedCommands = allowedCommands,
            FirstDelay = TimeSpan.FromMilliseconds(100),
            LongestDelay = TimeSpan.FromMilliseconds(500),
            CredentialPoll = TimeSpan.FromMilliseconds(100),
        };
        _run = new AgentRunner(
            options, new AgentLog(TextWriter.Synchronized(_log), TimeProvider.System), TimeProvider.System).Run(_stop.Token);
    }

    public string Log => _log.ToString();

    public static TestAgent WithKey(TestGateway gateway, string dsn, params string[] allowedCommands) =>
        new(gateway.Address, AgentCredential.FromKey(Secret(dsn)), allowedCommands);

    /// <summary>By whatever stands before the gateways.</summary>
    public static TestAgent At(Uri address, string dsn) => new(address, AgentCredential.FromKey(Secret(dsn)), []);

    public static TestAgent WithSvidFile(TestGateway gateway, string file) => new(gateway.Address, AgentCredential.FromFile(file), []);

    /// <summary>The bare key out of the DSN that the API shows.</summary>
    public static string Secret(string dsn) => new Uri(dsn).UserInfo.Split(':')[1];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }
}

internal static class AgentChecks
{
    public static Task<TimeSpan> Connected(this TestGateway gateway, string agent, int replicas = 1) =>
        Eventually.True(
            async () => (await gateway.Operator.Get($"/api/agents/{agent}"))["replicas"].GetInt32() == replicas,
            $"agent {agent} has not {replicas} live channels");

    /// <summary>
    /// What is promised to happen within a second, and happens within four when an announcement is lost. A machine that is busy with other
    /// tests may take a little longer than promised; it is told then, and what no announcement brought about fails.
    /// </summary>
    public static void IsAtOnce(this TimeSpan took)
    {
        Warn.If(took, Is.GreaterThan(TimeSpan.FromSeconds(1)), "a busy machine, or not within a second");
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(3)));
    }
}
