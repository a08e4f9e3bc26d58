using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Text;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>What the console of a gateway shows when somebody tries to write into it (S9).</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GatewayLogTests : IDisposable
{
    private const string Hostile =
        "%0a06:99:99.999%20INF%20GET%20/api/orgs%20200%201.0%20ms%0d%1b%5b31m%1b%5d0;t%07%7f%c2%85%c2%9b%e2%80%a8%e2%80%ae%e2%80%8b";

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task One_request_is_one_line_of_printable_text_and_the_last_line_tells_of_the_stop([Values("text", "json")] string format)
    {
        await using var gateway = await RunningGateway.Start(
            _folder, await TestPostgres.CreateEmptyDatabase(), ("HOOP_LOG_FORMAT", format));
        await Ask(gateway.Address, $"/api/mark{Hostile}");
        await gateway.Process.Said("/api/mark");
        var code = await gateway.Process.End(ChildProcess.SigTerm);

        var lines = gateway.Process.Output;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero);
            Assert.That(lines.Where(line => line.Contains("/api/mark", StringComparison.Ordinal)), Has.Exactly(1).Items);
            Assert.That(lines, Has.None.StartsWith("06:99"));
            Assert.That(lines.Where(line => !line.EnumerateRunes().All(Printable.IsPrintable)), Is.Empty);
            Assert.That(lines, Has.Some.Contains(" has started; it is reached at "));
            Assert.That(lines[^1], Does.Contain("Hoop has stopped"));
            Assert.That(lines, Has.None.Contains("HOOP_PUBLIC_URL"), "on loopback there is nothing to warn of");
        }

        if (format == "json")
        {
            var request = lines.Select(line => JsonDocument.Parse(line).RootElement).Single(
                line => line.TryGetProperty("path", out var path) && path.GetString()!.StartsWith("/api/mark", StringComparison.Ordinal));
            Assert.That(request.GetProperty("path").GetString(), Is.EqualTo("/api/mark" + Uri.UnescapeDataString(Hostile)));
            Assert.That(request.GetProperty("elapsed_ms").ValueKind, Is.EqualTo(JsonValueKind.Number));
            Assert.That(
                (request.GetProperty("status").GetInt32(), request.GetProperty("client").GetString()), Is.EqualTo((404, "127.0.0.1")));
            Assert.That(request.TryGetProperty("caller", out _), Is.False);
        }
    }

    [Test]
    public async Task Beyond_loopback_without_an_address_it_warns_and_says_what_to_set()
    {
        await using var gateway = await RunningGateway.Start(
            _folder, await TestPostgres.CreateEmptyDatabase(), ("HOOP_LISTEN", "http://0.0.0.0:0"));
        Assert.That(
            await gateway.Process.Said("HOOP_PUBLIC_URL is not set"),
            Does.Contain(" WRN ").And.Contain("such as https://hoop.example.com"));
    }

    private static async Task Ask(Uri address, string target)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        await reader.ReadToEndAsync();
    }
}
