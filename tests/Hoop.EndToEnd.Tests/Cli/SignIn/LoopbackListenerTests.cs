using System.Net;
using System.Net.Sockets;
using Hoop.Cli;
using Hoop.Cli.SignIn;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.SignIn;

/// <summary>Where the browser comes back to, and who else may come.</summary>
public sealed class LoopbackListenerTests
{
    private const string State = "the-state-of-this-attempt";

    private readonly HttpClient _http = new();

    [OneTimeTearDown]
    public void Stop() => _http.Dispose();

    [Test]
    [Description("A3: the redirect is the address that is listened on, to the letter")]
    public async Task A3_the_redirect_names_the_address_that_is_listened_on()
    {
        using var listener = LoopbackListener.Start("http://127.0.0.1:0/callback");
        var waiting = listener.Wait(State, CancellationToken.None);

        using var answer = await _http.GetAsync($"{listener.Redirect}?state={State}&code=abc&iss=https%3A%2F%2Fidp.example");

        Assert.That(listener.Redirect.Host, Is.EqualTo("127.0.0.1"));
        Assert.That(await waiting, Is.EqualTo(new Callback("abc", Error: null, Description: null, "https://idp.example")));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A3_localhost_is_listened_on_in_both_families()
    {
        using var listener = LoopbackListener.Start("http://localhost:0/callback");
        var port = listener.Redirect.Port;
        var waiting = listener.Wait(State, CancellationToken.None);
        using var four = await _http.GetAsync($"http://127.0.0.1:{port}/callback?state=wrong&code=a");
        if (Socket.OSSupportsIPv6 && await Reaches(port))
        {
            using var six = await _http.GetAsync($"http://[::1]:{port}/callback?state={State}&code=abc");
            Assert.That((await waiting).Code, Is.EqualTo("abc"));
        }
        else
        {
            Assert.Ignore("this machine has no IPv6 loopback");
        }

        Assert.That(four.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("code=abc")]
    [TestCase("state=another&code=abc")]
    [TestCase("state=another&error=access_denied")]
    [TestCase("error=access_denied")]
    [TestCase("state=&code=abc")]
    [TestCase("state=the-state-of-this-attempt&state=the-state-of-this-attempt&code=abc")]
    [TestCase("state=the-state-of-this-attempt")]
    [TestCase("state=the-state-of-this-attempt&code=")]
    [TestCase("")]
    [Description("A4: the state is looked at first, also before an error; a wrong one is 400, and the wait goes on")]
    public async Task A4_whoever_comes_without_the_state_changes_nothing(string query)
    {
        using var listener = LoopbackListener.Start("http://127.0.0.1:0/callback");
        var waiting = listener.Wait(State, CancellationToken.None);

        using var wrong = await _http.GetAsync($"{listener.Redirect}?{query}");
        var stillWaits = !waiting.IsCompleted;
        using var right = await _http.GetAsync($"{listener.Redirect}?code=real&state={State}");

        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(stillWaits);
        Assert.That((await waiting).Code, Is.EqualTo("real"));
    }

    [Test]
    public async Task A4_a_refusal_with_the_state_ends_the_wait_and_nothing_of_it_is_shown()
    {
        using var listener = LoopbackListener.Start("http://127.0.0.1:0/callback");
        var waiting = listener.Wait(State, CancellationToken.None);

        using var page = await _http.GetAsync(
            $"{listener.Redirect}?error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E&state={State}");
        var text = await page.Content.ReadAsStringAsync();

        Assert.That(await waiting, Is.EqualTo(new Callback(Code: null, "access_denied", "<script>alert(1)</script>", Issuer: null)));
        Assert.That(text, Does.Not.Contain("script").And.Not.Contain("access_denied"));
        Assert.That(page.Headers.CacheControl!.NoStore);
        Assert.That(page.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
    }

    [TestCase("GET /other?state=the-state-of-this-attempt&code=a HTTP/1.1\r\n\r\n")]
    [TestCase("POST /callback?state=the-state-of-this-attempt&code=a HTTP/1.1\r\n\r\n")]
    [TestCase("\r\n\r\n")]
    [TestCase("nonsense\r\n\r\n")]
    public async Task A4_what_is_no_answer_of_a_browser_changes_nothing(string request)
    {
        using var listener = LoopbackListener.Start("http://127.0.0.1:0/callback");
        var waiting = listener.Wait(State, CancellationToken.None);

        var answer = await Raw(listener.Redirect.Port, request);
        using var right = await _http.GetAsync($"{listener.Redirect}?code=real&state={State}");

        Assert.That(answer, Does.StartWith("HTTP/1.1 400 "));
        Assert.That((await waiting).Code, Is.EqualTo("real"));
    }

    [Test]
    public async Task A_connection_that_says_nothing_holds_nobody_up()
    {
        using var listener = LoopbackListener.Start("http://127.0.0.1:0/callback");
        var waiting = listener.Wait(State, CancellationToken.None);
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, listener.Redirect.Port);

        using var right = await _http.GetAsync($"{listener.Redirect}?code=real&state={State}");

        Assert.That((await waiting).Code, Is.EqualTo("real"));
    }

    [Test]
    public void The_wait_ends_when_it_is_told_to()
    {
        using var listener = LoopbackListener.Start("http://127.0.0.1:0/callback");
        using var limit = new CancellationTokenSource();
        var waiting = listener.Wait(State, limit.Token);
        limit.Cancel();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("https://127.0.0.1:3587/callback")]
    [TestCase("http://192.0.2.1:3587/callback")]
    [TestCase("http://hoop.example.com/callback")]
    [TestCase("http://127.0.0.1:0/callback?x=y")]
    [TestCase("callback")]
    public void Another_redirect_than_one_to_this_machine_is_refused(string redirect) =>
        Assert.That(() => LoopbackListener.Start(redirect), Throws.InstanceOf<CliFailure>().With.Message.Contains("--redirect-uri"));

    [Test]
    public void A_port_that_is_taken_is_told_with_what_to_do()
    {
        using var first = LoopbackListener.Start("http://127.0.0.1:0/callback");

        Assert.That(
            () => LoopbackListener.Start(first.Redirect.OriginalString),
            Throws.InstanceOf<CliFailure>().With.Message.Contains("--redirect-uri").And.Message.Contains("hoop login --device"));
    }

    private static async Task<bool> Reaches(int port)
    {
        using var client = new TcpClient(AddressFamily.InterNetworkV6);
        try
        {
            await client.ConnectAsync(IPAddress.IPv6Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<string> Raw(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
