using System.Net;
using System.Text.Json;
using Hoop.Cli;
using Hoop.Cli.Gateway;
using Hoop.Cli.SignIn;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.SignIn;

/// <summary>RFC 8628 on a clock of the test's own.</summary>
public sealed class DeviceFlowTests
{
    private static readonly SignInTerms Terms = new("https://idp.example", "hoop-cli", "openid", [], OnlyInvited: false);

    private readonly FakeClock _clock = new();
    private readonly List<double> _asked = [];
    private readonly Queue<ProviderAnswer?> _answers = new();
    private DateTimeOffset _begun;

    [SetUp]
    public void Reset()
    {
        _asked.Clear();
        _answers.Clear();
    }

    [Test]
    [Description("A5: first wait, then ask; slow_down adds five seconds for good; never a little too early")]
    public async Task A5_it_waits_first_and_slows_down_for_good()
    {
        foreach (var error in new[] { "authorization_pending", "slow_down", "authorization_pending", "slow_down", "authorization_pending" })
        {
            _answers.Enqueue(Refused(error));
        }

        _answers.Enqueue(Good());

        var tokens = await Run("""{"device_code":"d","user_code":"AB-CD","verification_uri":"https://idp.example/device","interval":5,"expires_in":600}""");

        Assert.That(tokens.Text("access_token"), Is.EqualTo("at"));
        Assert.That(_asked, Is.EqualTo(new[] { 5.5, 5.5, 10.5, 10.5, 15.5, 15.5 }));
    }

    [Test]
    public async Task A5_without_an_interval_it_is_five_seconds()
    {
        _answers.Enqueue(Good());

        await Run("""{"device_code":"d","user_code":"AB-CD","verification_uri":"https://idp.example/device","expires_in":600}""");

        Assert.That(_asked, Is.EqualTo(new[] { 5.5 }));
    }

    [TestCase("access_denied", "the sign-in was refused on the other device")]
    [TestCase("expired_token", "nobody signed in before the code ran out")]
    [TestCase("invalid_client", "https://idp.example did not give a token: invalid_client")]
    public void A5_each_end_has_its_own_sentence(string error, string sentence)
    {
        _answers.Enqueue(Refused(error));

        Assert.That(
            async () => await Run("""{"device_code":"d","user_code":"AB-CD","verification_uri":"https://idp.example/device","interval":1,"expires_in":600}"""),
            Throws.InstanceOf<CliFailure>().With.Message.StartsWith(sentence));
    }

    [Test]
    public void A5_it_ends_with_the_code()
    {
        for (var i = 0; i < 100; i++)
        {
            _answers.Enqueue(Refused("authorization_pending"));
        }

        Assert.That(
            async () => await Run("""{"device_code":"d","user_code":"AB-CD","verification_uri":"https://idp.example/device","interval":10,"expires_in":60}"""),
            Throws.InstanceOf<CliFailure>().With.Message.StartsWith("nobody signed in before the code ran out"));
        Assert.That(_asked, Has.Count.EqualTo(6));
    }

    [Test]
    public async Task A_provider_that_is_silent_or_busy_is_asked_less_often()
    {
        _answers.Enqueue(null);
        _answers.Enqueue(new ProviderAnswer(HttpStatusCode.TooManyRequests, default, Error: null, Description: null, "7"));
        _answers.Enqueue(new ProviderAnswer(HttpStatusCode.BadGateway, default, Error: null, Description: null, RetryAfter: null));
        _answers.Enqueue(Good());

        await Run("""{"device_code":"d","user_code":"AB-CD","verification_uri":"https://idp.example/device","interval":2,"expires_in":600}""");

        Assert.That(_asked, Is.EqualTo(new[] { 2.5, 4.5, 9.5, 14.5 }));
    }

    [Test]
    public void An_ID_token_of_another_client_is_not_kept()
    {
        _answers.Enqueue(Good("""{"iss":"https://idp.example","aud":"another"}"""));

        Assert.That(
            async () => await Run("""{"device_code":"d","user_code":"AB-CD","verification_uri":"https://idp.example/device","expires_in":600}"""),
            Throws.InstanceOf<CliFailure>().With.Message.Contains("not of this sign-in"));
    }

    private async Task<JsonElement> Run(string begun)
    {
        _begun = _clock.GetUtcNow();
        var shown = "";
        var running = new DeviceFlow(Terms, Post, _clock).Run(
            new Uri("https://idp.example/device/auth"), new Uri("https://idp.example/token"), clientSecret: null,
            (address, code, _) => shown = $"{address} {code}", CancellationToken.None);
        while (!running.IsCompleted)
        {
            await Eventually.True(() => _clock.NextTimer is not null || running.IsCompleted, () => "nothing waits");
            if (_clock.NextTimer is { } next)
            {
                _clock.Advance(next);
            }
        }

        Assert.That(shown, Is.EqualTo("https://idp.example/device AB-CD"));
        return await running;

        Task<ProviderAnswer> Post(Uri endpoint, IEnumerable<KeyValuePair<string, string?>> form, CancellationToken stop)
        {
            if (endpoint.AbsolutePath == "/device/auth")
            {
                return Task.FromResult(new ProviderAnswer(HttpStatusCode.OK, JsonElement.Parse(begun), null, null, null));
            }

            _asked.Add((_clock.GetUtcNow() - _begun).TotalSeconds);
            _begun = _clock.GetUtcNow();
            return Task.FromResult(_answers.Dequeue() ?? throw new ProviderSilence("nobody there"));
        }
    }

    private static ProviderAnswer Refused(string error) => new(HttpStatusCode.BadRequest, default, error, null, null);

    private static ProviderAnswer Good(string claims = """{"iss":"https://idp.example","aud":"hoop-cli"}""")
    {
        var token = $"e30.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims))}.c2ln";
        return new ProviderAnswer(
            HttpStatusCode.OK, JsonElement.Parse($$"""{"access_token":"at","id_token":"{{token}}"}"""), null, null, null);
    }
}
