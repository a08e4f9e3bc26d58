using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Addresses;

/// <summary>Where the gateway listens, and what it says about that.</summary>
public sealed class ListenTests
{
    [TestCase("http://0.0.0.0:0", true)]
    [TestCase("http://127.0.0.1:0", false)]
    public async Task A_gateway_that_is_open_to_the_network_over_plain_http_is_warned_of(string listen, bool isWarned)
    {
        await using var gateway = await TestGateway.Start(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOOP_LISTEN"] = listen });
        Assert.That(
            gateway.Logs.Lines.Any(line => line.StartsWith("Warning", StringComparison.Ordinal)
                && line.Contains("is open to the network", StringComparison.Ordinal)),
            Is.EqualTo(isWarned));
    }
}
