using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>A gateway that is told to stop: not ready first, then served on, then ended.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GatewayStopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-stop-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    [Description("C14: at SIGTERM new requests were refused at once while traffic still arrived")]
    public async Task At_SIGTERM_it_is_not_ready_first_and_serves_on_for_the_time_that_was_set()
    {
        await using var gateway = await RunningGateway.Start(_folder, database: null, ("HOOP_SHUTDOWN_DELAY", "5m"));

        await gateway.Process.Signal(ChildProcess.SigTerm);
        await gateway.Process.Said("it is not ready any more");
        await gateway.Process.Said("are told to move to another gateway");
        var ready = await gateway.Operator.GetAsync("/healthz/ready");
        var live = await gateway.Operator.GetAsync("/healthz/live");
        var served = await gateway.Operator.Get("/api/agents");

        // Told twice: whoever says so does not want to wait.
        var code = await gateway.Process.End(ChildProcess.SigTerm);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(await ready.Content.ReadAsStringAsync(), Does.Contain("this gateway was told to stop"));
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK), "C10: it lives, whatever it waits for");
            Assert.That(served.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(code, Is.Zero);
            Assert.That(gateway.Process.Output, Has.Some.Contains("Told to stop again"));
        }
    }

    [Test]
    public async Task The_wait_ends_by_itself()
    {
        await using var gateway = await RunningGateway.Start(_folder, database: null, ("HOOP_SHUTDOWN_DELAY", "50ms"));

        Assert.That(await gateway.Process.End(ChildProcess.SigTerm), Is.Zero);
        Assert.That(gateway.Process.Output, Has.Some.Contains("Hoop has stopped"));
    }
}
