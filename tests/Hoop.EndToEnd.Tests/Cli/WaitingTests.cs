using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

[Description("U21, U20: servers that do not answer, or not in HTTP")]
public sealed class WaitingTests
{
    [Test]
    public async Task A_gateway_that_never_answers_is_waited_for_as_long_as_asked()
    {
        using var mute = Listen();
        using var hoop = new HoopProcess(AddressOf(mute));
        var watch = Stopwatch.StartNew();

        var ran = await hoop.Run("admin", "get", "agents", "--timeout", "1");

        Assert.That(ran, Is.EqualTo(new Ran(1, "",
            $"error: {AddressOf(mute).GetLeftPart(UriPartial.Authority)} did not answer within 1 s: is the gateway healthy? Wait "
                + $"longer with --timeout SECONDS\n")));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("3601")]
    [TestCase("soon")]
    public async Task A_limit_is_a_number_of_seconds(string limit)
    {
        using var hoop = new HoopProcess();

        var ran = await hoop.Run("admin", "get", "agents", $"--timeout={limit}");

        Assert.That(ran.Error, Does.StartWith($"error: --timeout {limit}: write a whole number of seconds, from 1 to 3600\n"));
    }

    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP")]
    [TestCase("", "closed the connection before it had answered")]
    public async Task A_server_that_is_not_http_is_told(string greeting, string message)
    {
        using var other = Listen();
        using var over = new CancellationTokenSource();
        var answering = Answer(other, greeting, over.Token);
        using var hoop = new HoopProcess(AddressOf(other));

        var ran = await hoop.Run("admin", "get", "agents");
        await over.CancelAsync();
        await answering;

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(
            ran.Error, Does.StartWith($"error: {AddressOf(other).GetLeftPart(UriPartial.Authority)} {message}").And.Not.Contain("frame"));
    }

    [Test]
    public async Task Https_to_a_server_of_plain_http_is_told()
    {
        await using var gateway = await StubGateway.Start();
        var address = new UriBuilder(gateway.Address) { Scheme = "https" }.Uri;
        using var hoop = new HoopProcess(address);

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", $"error: no secure connection to {address.GetLeftPart(UriPartial.Authority)}: the other side "
                + $"does not speak TLS; is its address http://... ?\n")));
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static Uri AddressOf(TcpListener listener) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>Says the same to whoever connects, and closes.</summary>
    private static async Task Answer(TcpListener listener, string greeting, CancellationToken over)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(over);
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096], over);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(greeting), over);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
