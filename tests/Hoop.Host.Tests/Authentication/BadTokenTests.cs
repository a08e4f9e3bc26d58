using System.Net;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>
/// A flood of bad tokens from one address: it ends in 429, and neither those who are known there nor anybody else are held up by it.
/// </summary>
[Description("A14, A15")]
public sealed class BadTokenTests
{
    // Ten at once, one a second.
    private const string Sixty = "60";

    private readonly StillClock _clock = new();

    [Test]
    public async Task A14_bad_tokens_of_one_address_end_in_429_and_who_is_known_behind_it_goes_on([Values("on", "off")] string memory)
    {
        await using var gateway = await Start(("HOOP_MEMORY", memory));
        var (known, vault) = (await ApiToken(gateway, "known"), await VaultToken(gateway));
        Assert.That(await Ask(gateway, known), Is.EqualTo(200));
        Assert.That(await Ask(gateway, vault, "/v1/auth/token/lookup-self"), Is.EqualTo(200));

        var statuses = await Flood(gateway, 15);

        Assert.That(statuses, Is.EqualTo(Enumerable.Repeat(401, 10).Concat(Enumerable.Repeat(429, 5))));
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await Ask(gateway, known), Is.EqualTo(200), "good before, so nobody asks where it comes from");
            Assert.That(await Ask(gateway, vault, "/v1/auth/token/lookup-self"), Is.EqualTo(200));
        }
    }

    [Test]
    public async Task A15_the_answer_says_when_to_come_again_and_nothing_about_the_token()
    {
        await using var gateway = await Start();
        await Flood(gateway, 10);
        var fresh = await MakeWithOther(gateway);

        var (bad, good) = (await gateway.As("hpk_bad").Get("/api/userinfo"), await gateway.As(fresh).Get("/api/userinfo"));
        var vault = await gateway.As("hvs.bad").Get("/v1/auth/token/lookup-self");

        Assert.That((bad.Status, bad.Code), Is.EqualTo((HttpStatusCode.TooManyRequests, "too_many_requests")));
        Assert.That(bad.Response.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(bad.Response.Headers.WwwAuthenticate, Is.Empty, "nobody is asked to sign in again");
        Assert.That((good.Status, good.Body.GetRawText()), Is.EqualTo((bad.Status, bad.Body.GetRawText())), "a good new one looks the same");
        Assert.That(vault.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(vault["errors"].GetArrayLength(), Is.EqualTo(1));
        _clock.Pass(TimeSpan.FromSeconds(2));
        Assert.That(await Ask(gateway, fresh), Is.EqualTo(200), "and when it comes again it is taken");
    }

    [Test]
    public async Task A14_a_token_that_is_good_no_more_is_a_bad_one_like_any_other()
    {
        await using var gateway = await Start();
        var made = await gateway.Operator.Post("/api/api-tokens", new { name = "revoked", groups = new[] { "auditor" } });
        var token = made.Text("token")!;
        Assert.That(await Ask(gateway, token), Is.EqualTo(200));
        await gateway.Operator.Delete($"/api/api-tokens/{made.Text("id")}");

        var statuses = new List<int>();
        for (var i = 0; i < 13; i++)
        {
            statuses.Add(await Ask(gateway, token));
        }

        Assert.That(statuses[..11], Is.All.EqualTo(401));
        Assert.That(statuses[11..], Is.All.EqualTo(429));
    }

    [Test]
    public async Task A14_behind_a_trusted_proxy_the_rightmost_address_that_is_none_counts()
    {
        await using var gateway = await Start(("HOOP_TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8"));
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add(await Ask(gateway, $"hpk_bad{i}", forwarded: $"198.51.100.{i}, 203.0.113.9, 10.1.1.{i}"));
        }

        Assert.That(statuses.Count(status => status == 429), Is.EqualTo(2), "what the client wrote itself is of no use");
        Assert.That(await Ask(gateway, "hpk_bad", forwarded: "203.0.113.10"), Is.EqualTo(401), "another client of the proxy");
        Assert.That(await Ask(gateway, "hpk_bad", forwarded: "198.51.100.0"), Is.EqualTo(401), "the one that was named falsely");
    }

    [Test]
    public async Task A14_without_a_trusted_proxy_the_header_changes_nothing_and_is_told_of_once(
        [Values("X-Forwarded-For", "Forwarded", "X-Real-IP")] string header)
    {
        await using var gateway = await Start();
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add(await Ask(gateway, $"hpk_bad{i}", forwarded: $"198.51.100.{i}", header: header));
        }

        Assert.That(statuses.Count(status => status == 429), Is.EqualTo(2));
        Assert.That(
            gateway.Logs.Lines.Where(line => line.Contains($"{header} of 127.0.0.1 is ignored", StringComparison.Ordinal)), Has.Exactly(1).Items);
    }

    [Test]
    public async Task Bad_sign_ins_have_the_same_limit()
    {
        await using var gateway = await Start();
        var statuses = new List<HttpStatusCode>();
        Reply reply = null!;
        for (var i = 0; i < 12; i++)
        {
            reply = await gateway.Anonymous.Post("/api/signin", new { id_token = $"a.b{i}.c" });
            statuses.Add(reply.Status);
        }

        Assert.That(statuses.Count(status => status == HttpStatusCode.Unauthorized), Is.EqualTo(10));
        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.TooManyRequests, "too_many_requests")));
        Assert.That(reply.Response.Headers.RetryAfter, Is.Not.Null);
    }

    [Test]
    public async Task Zero_switches_the_limit_off()
    {
        await using var gateway = await Start(("HOOP_BAD_TOKENS_PER_MINUTE", "0"));
        Assert.That(await Flood(gateway, 50), Is.All.EqualTo(401));
    }

    private Task<TestGateway> Start(params (string Variable, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOOP_BAD_TOKENS_PER_MINUTE"] = Sixty };
        foreach (var (variable, value) in settings)
        {
            all[variable] = value;
        }

        return TestGateway.Start(all, services => services.AddSingleton<TimeProvider>(_clock));
    }

    private static async Task<string> ApiToken(TestGateway gateway, string name) =>
        (await gateway.Operator.Post("/api/api-tokens", new { name, groups = new[] { "auditor" } })).Text("token")!;

    // While the address is held up, the operator's token, which is known, still works.
    private static Task<string> MakeWithOther(TestGateway gateway) => ApiToken(gateway, "fresh");

    private static async Task<string> VaultToken(TestGateway gateway) =>
        (await gateway.Operator.Post("/v1/auth/token/create", new { policies = "root" }))["auth"].GetProperty("client_token").GetString()!;

    private static async Task<IReadOnlyList<int>> Flood(TestGateway gateway, int count)
    {
        Assert.That(await Ask(gateway, TestGateway.AdminToken), Is.EqualTo(200));
        var statuses = new List<int>();
        for (var i = 0; i < count; i++)
        {
            statuses.Add(await Ask(gateway, $"hpk_bad{i}"));
        }

        return statuses;
    }

    private static async Task<int> Ask(
        TestGateway gateway, string token, string path = "/api/userinfo", string? forwarded = null, string header = "X-Forwarded-For")
    {
        using var client = gateway.As(token);
        if (forwarded is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(header, forwarded);
        }

        return (int)(await client.Get(path)).Status;
    }
}
