using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>What goes wrong between the client and the gateway: one line on standard error, exit code 1, with the next step.</summary>
public sealed class RefusalTests
{
    [TestCase(401, """{"message":"access denied"}""",
        "access denied (401); this is the token of HOOP_TOKEN. Run: hoop config create --api-url URL --token-file FILE, or set HOOP_TOKEN")]
    [TestCase(403, """{"message":"access denied"}""", "access denied (403). Who you are: hoop admin get userinfo")]
    [TestCase(422, """{"message":"name: too short"}""", "name: too short (422)")]
    [TestCase(500, """{"message":"internal error, trace id 1"}""", "internal error, trace id 1 (500)")]
    [TestCase(503, """{"message":"the database is not available, try again"}""",
        "the database is not available, try again (503). Try again, and see /healthz/ready of the gateway")]
    [TestCase(502, "<html>bad gateway</html>", "failed performing request, status=502, body=<html>bad gateway</html>")]
    [TestCase(
        404,
        "404 page not found",
        "failed performing request, status=404, body=404 page not found. This is not an answer of a Hoop gateway: is GATEWAY the right "
            + "address (HOOP_APIURL)?")]
    [TestCase(
        403,
        "{\"message\":\"\\u001b[2J\\r\\nerror: forged\"}",
        "\\u001b[2J\\u000d\\u000aerror: forged (403). Who you are: hoop admin get userinfo")]
    [TestCase(500, "\u009b31m", "failed performing request, status=500, body=\\u009b31m")]
    public async Task A_refusal_is_told_with_the_next_step(int status, string body, string message)
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/agents", status, body);
        using var hoop = new HoopProcess(gateway.Address);

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "",
                $"error: {message.Replace("GATEWAY", gateway.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)}\n")));
    }

    [TestCase("<html>a portal</html>", "did not answer with JSON: is it a Hoop gateway?")]
    [TestCase("{}", "did not answer with the expected JSON: is it a Hoop gateway of this version?")]
    public async Task An_answer_that_is_no_list_is_told(string body, string message)
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/agents", 200, body);
        using var hoop = new HoopProcess(gateway.Address);

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", $"error: {gateway.Address}api/agents {message}\n")));
    }

    [Test]
    public async Task A_gateway_that_is_not_there_is_told()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)unused.LocalEndpoint).Port}";
        unused.Stop();
        using var hoop = new HoopProcess(new Uri(address));

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", $"error: cannot reach {address}: is the gateway running?\n")));
    }

    [Test]
    public async Task The_token_does_not_follow_a_redirect()
    {
        await using var elsewhere = await StubGateway.Start();
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/agents", 307, "", $"Location: {elsewhere.Address}api/agents");
        using var hoop = new HoopProcess(gateway.Address);

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain($"redirects to {elsewhere.Address}api/agents, and the token does not follow"));
        Assert.That(elsewhere.Requests, Is.Empty);
    }

    [Test]
    public async Task Without_a_token_nothing_is_sent()
    {
        await using var gateway = await StubGateway.Start();
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", "error: not signed in: no token is configured. Run: hoop login, or hoop config create --api-url URL "
                + "--token-file FILE, or set HOOP_TOKEN\n")));
        Assert.That(gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task A_token_that_would_break_the_header_is_refused_and_not_repeated()
    {
        using var hoop = new HoopProcess(new Uri("http://127.0.0.1:1"), token: "canary\r\nX-Evil: 1");

        var ran = await hoop.Run("admin", "get", "agents");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", "error: HOOP_TOKEN: a token has no blanks and no control characters\n")));
    }

    [TestCase("..")]
    [TestCase("a/../b")]
    [TestCase("a//b")]
    public async Task A_name_cannot_climb_out_of_its_path(string name)
    {
        await using var gateway = await StubGateway.Start();
        using var hoop = new HoopProcess(gateway.Address);

        var ran = await hoop.Run("admin", "delete", "connection", name);

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task A_list_that_goes_on_says_how_to_go_on()
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/spiffe-mappings?trust_domain=example.com", 200, "[]", "X-Next-Cursor: abc");
        using var hoop = new HoopProcess(gateway.Address);

        var ran = await hoop.Run("admin", "get", "spiffe-mappings", "-q", "trust_domain=example.com", "-o", "json");

        Assert.That(ran, Is.EqualTo(new Ran(0, "[]\n", "note: the list goes on: add -q cursor=abc\n")));
    }
}
