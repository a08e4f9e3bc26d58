using Hoop.Client;
using Hoop.Client.Tokens;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Client;

/// <summary>A token that is replaced before it ends, once for all who ask.</summary>
public sealed class RefreshedTokensTests
{
    private readonly FakeClock _clock = new();
    private int _asked;

    [SetUp]
    public void Reset() => _asked = 0;

    [Test]
    public async Task A_token_is_kept_until_shortly_before_its_end()
    {
        using var tokens = Hourly();

        var first = await tokens.Token(default);
        _clock.Advance(TimeSpan.FromMinutes(58));
        var same = await tokens.Token(default);
        _clock.Advance(TimeSpan.FromMinutes(1.5));
        var next = await tokens.Token(default);

        Assert.That((first, same, next), Is.EqualTo(("token-1", "token-1", "token-2")));
    }

    [Test]
    public async Task Many_at_once_ask_once()
    {
        var gate = new TaskCompletionSource();
        using var tokens = new RefreshedTokens(async _ =>
        {
            await gate.Task;
            return new HoopToken($"token-{Interlocked.Increment(ref _asked)}", _clock.GetUtcNow().AddHours(1));
        }, _clock);

        var all = Enumerable.Range(0, 20).Select(_ => tokens.Token(default).AsTask()).ToArray();
        gate.SetResult();

        Assert.That(await Task.WhenAll(all), Is.All.EqualTo("token-1"));
        Assert.That(_asked, Is.EqualTo(1));
    }

    [Test]
    public async Task While_the_source_fails_the_old_token_serves_as_long_as_it_is_good()
    {
        var fails = false;
        using var tokens = new RefreshedTokens(
            _ => fails ? throw new HoopException("down") : Task.FromResult(new HoopToken("good", _clock.GetUtcNow().AddHours(1))), _clock);
        await tokens.Token(default);
        fails = true;

        _clock.Advance(TimeSpan.FromMinutes(59.5));
        var late = await tokens.Token(default);
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.That(late, Is.EqualTo("good"));
        await Assert.ThatAsync(() => tokens.Token(default).AsTask(), Throws.InstanceOf<HoopException>().With.Message.EqualTo("down"));
    }

    [Test]
    public async Task A_short_life_is_not_spent_on_asking()
    {
        using var tokens = new RefreshedTokens(
            _ => Task.FromResult(new HoopToken($"token-{++_asked}", _clock.GetUtcNow().AddSeconds(40))), _clock);

        await tokens.Token(default);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await tokens.Token(default);

        Assert.That(_asked, Is.EqualTo(1));
    }

    [Test]
    public async Task Client_credentials_are_changed_into_a_token()
    {
        await using var provider = await StubGateway.Start();
        provider.On("POST /token", 200, """{"access_token":"a.b.c","expires_in":3600,"token_type":"Bearer"}""");

        var token = await new ClientCredentials(new Uri(provider.Address, "/token"), "ci", "secret").Get(default);

        Assert.That(token.Value, Is.EqualTo("a.b.c"));
        Assert.That(token.ExpiresAt, Is.Not.Null);
    }

    [Test]
    public async Task A_provider_that_refuses_is_told_without_the_secret()
    {
        await using var provider = await StubGateway.Start();
        provider.On("POST /token", 401, """{"error":"invalid_client","error_description":"who?"}""");

        var refused = await Assert.ThrowsAsync<HoopException>(
            () => new ClientCredentials(new Uri(provider.Address, "/token"), "ci", "canary").Get(default));

        Assert.That(refused!.Message, Does.Contain("(401): invalid_client who?").And.Not.Contain("canary"));
        await Assert.ThatAsync(
            () => new ClientCredentials(new Uri("http://idp.example/token"), "ci", "canary").Get(default),
            Throws.InstanceOf<HoopException>().With.Message.EndsWith("a secret goes to https addresses only"));
    }

    private RefreshedTokens Hourly() =>
        new(_ => Task.FromResult(new HoopToken($"token-{++_asked}", _clock.GetUtcNow().AddHours(1))), _clock);
}
