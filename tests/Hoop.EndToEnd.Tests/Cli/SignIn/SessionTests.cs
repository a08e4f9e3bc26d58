using System.Net;
using Hoop.Cli;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.SignIn;

/// <summary>What is kept of a sign-in, and how it is renewed.</summary>
public sealed class SessionTests
{
    private static readonly Uri Gateway = new("https://hoop.example.com");

    private string _home = null!;
    private StubGateway _issuer = null!;
    private readonly List<string> _warnings = [];
    private int _waiting;

    private SessionFile File => new(SessionPath.For(name => name == "HOME" ? _home : null, Gateway)!);

    [SetUp]
    public async Task Start()
    {
        _home = Directory.CreateTempSubdirectory("hoop-session-").FullName;
        _issuer = await StubGateway.Start();
        _warnings.Clear();
        _waiting = 0;
    }

    [TearDown]
    public async Task Stop()
    {
        Directory.Delete(_home, recursive: true);
        await _issuer.DisposeAsync();
    }

    [Test]
    public async Task A_token_that_is_good_is_used_and_nobody_is_asked()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddMinutes(10)));

        Assert.That(await Token(), Is.EqualTo("old-access"));
        Assert.That(_issuer.Requests, Is.Empty);
    }

    [Test]
    [Description("A2: what the answer leaves out stays")]
    public async Task A2_an_answer_without_a_refresh_token_keeps_the_one_of_before()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(10)));
        _issuer.On("POST /token", 200, """{"access_token":"new-access","token_type":"Bearer"}""");

        var token = await Token();

        Assert.That(token, Is.EqualTo("new-access"));
        Assert.That((File.Read()!.RefreshToken, File.Read()!.ExpiresAt), Is.EqualTo(("old-refresh", (DateTimeOffset?)null)));
    }

    [Test]
    public async Task A2_an_empty_refresh_token_is_none()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(10)));
        _issuer.On("POST /token", 200, """{"access_token":"new-access","refresh_token":"","expires_in":"3600"}""");

        await Token();

        Assert.That(File.Read()!.RefreshToken, Is.EqualTo("old-refresh"));
        Assert.That(File.Read()!.ExpiresAt, Is.EqualTo(DateTimeOffset.UtcNow.AddHours(1)).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    [Description("A1: read again under the lock")]
    public async Task A1_who_waits_for_the_lock_takes_what_the_other_one_got()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        Task<string> waiting;
        using (await File.Lock(null, null, CancellationToken.None))
        {
            waiting = Token();
            File.Write(Stored(DateTimeOffset.UtcNow.AddHours(1)) with { AccessToken = "of-the-other", RefreshToken = "next" });
        }

        Assert.That(await waiting, Is.EqualTo("of-the-other"));
        Assert.That(_issuer.Requests, Is.Empty);
    }

    [Test]
    public async Task A1_fifty_at_once_ask_once()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", 200, """{"access_token":"new-access","refresh_token":"new-refresh","expires_in":3600}""");

        var tokens = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => Token())));

        Assert.That(tokens, Is.All.EqualTo("new-access"));
        Assert.That(_issuer.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A1_tokens_that_live_for_seconds_are_refreshed_once_for_all_who_wait()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", 200, """{"access_token":"new-access","refresh_token":"new-refresh","expires_in":30}""");
        Task<string[]> all;
        using (await File.Lock(null, null, CancellationToken.None))
        {
            all = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => Token())));
            await Eventually.True(() => _waiting == 10, () => "not all have read the file");
        }

        Assert.That(await all, Is.All.EqualTo("new-access"));
        Assert.That(_issuer.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public void A1_a_sign_in_that_ended_at_the_provider_is_told_and_nothing_is_lost()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", 400, """{"error":"invalid_grant","error_description":"the grant was revoked"}""");

        Assert.That(
            async () => await Token(),
            Throws.InstanceOf<CliFailure>().With.Message.EqualTo(
                "your sign-in has ended at https://idp.example (invalid_grant: the grant was revoked). Run: hoop login"));
        Assert.That(File.Read()!.RefreshToken, Is.EqualTo("old-refresh"));
    }

    [Test]
    public async Task A_provider_that_cannot_answer_ends_nothing_while_the_token_is_good()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(30)));
        _issuer.On("POST /token", 503, "busy");

        Assert.That(await Token(), Is.EqualTo("old-access"));
        Assert.That(_warnings, Has.Count.EqualTo(1));
    }

    [Test]
    [Description("A15: too many requests reach the user as such, and end no sign-in")]
    public void A15_too_many_requests_at_the_provider_are_told_with_the_time()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", 429, "", "Retry-After: 17");

        Assert.That(
            async () => await Token(),
            Throws.InstanceOf<CliFailure>().With.Message.Contains("too many requests (429); try again in 17 s"));
        Assert.That(File.Read()!.RefreshToken, Is.EqualTo("old-refresh"));
    }

    [TestCase(503, "", "it cannot answer now (503)")]
    [TestCase(502, "<html>", "it cannot answer now (502)")]
    [TestCase(500, "", "it cannot answer now (500)")]
    [TestCase(429, "", "too many requests (429)")]
    [TestCase(400, """{"error":"temporarily_unavailable"}""", "temporarily_unavailable")]
    [TestCase(503, """{"error":"invalid_grant"}""", "invalid_grant")]
    [Description("A15: what cannot be answered now refuses nothing")]
    public void A15_a_provider_that_cannot_answer_is_try_again_and_never_sign_in_again(int status, string body, string told)
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", status, body);

        Assert.That(
            async () => await Token(),
            Throws.InstanceOf<CliFailure>().With.Message.Contains(told).And.Message.Contains("Your sign-in is kept: try again in a moment")
                .And.Message.Not.Contains("hoop login").And.Message.Not.Contains("refuse"));
        Assert.That(File.Read()!.RefreshToken, Is.EqualTo("old-refresh"));
    }

    [TestCase(HttpStatusCode.TooManyRequests, """{"message":"too many bad credentials","code":"too_many_requests"}""")]
    [TestCase(HttpStatusCode.ServiceUnavailable, """{"message":"too many new tokens","code":"busy"}""")]
    [TestCase(HttpStatusCode.BadGateway, "")]
    [Description("A15: the gateway makes the access token, and cannot do it now")]
    public async Task A15_a_gateway_that_cannot_look_now_keeps_the_sign_in(HttpStatusCode status, string text)
    {
        var answer = new Answer(HttpMethod.Post, Gateway, status, text, "", null, "5");
        _issuer.On("POST /token", 200, """{"access_token":"of-another-api","refresh_token":"next","id_token":"a.b.c","expires_in":3600}""");
        var tokens = new SessionTokens(File, (_, _) => Task.FromResult(answer), _warnings.Add, TimeProvider.System);

        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)) with { FromGateway = true });
        Assert.That(
            async () => await tokens.Token(CancellationToken.None),
            Throws.InstanceOf<CliFailure>().With.Message.Contains("Your sign-in is kept").And.Message.Not.Contains("hoop login"));
        Assert.That((File.Read()!.RefreshToken, File.Read()!.AccessToken), Is.EqualTo(("next", "old-access")));

        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(30)) with { FromGateway = true });
        Assert.That(await tokens.Token(CancellationToken.None), Is.EqualTo("old-access"), "good for half a minute more");
        Assert.That(_warnings, Has.Count.EqualTo(1));
    }

    [TestCase(HttpStatusCode.TooManyRequests)]
    [TestCase(HttpStatusCode.ServiceUnavailable)]
    public async Task A15_a_gateway_that_could_not_be_told_of_the_refresh_has_not_refused_it(HttpStatusCode status)
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", 200, """{"access_token":"new-access","id_token":"a.b.c","expires_in":3600}""");
        var answer = new Answer(HttpMethod.Post, Gateway, status, """{"message":"not now"}""", "", null);

        var token = await new SessionTokens(File, (_, _) => Task.FromResult(answer), _warnings.Add, TimeProvider.System).Token(
            CancellationToken.None);

        Assert.That(token, Is.EqualTo("new-access"));
        Assert.That(_warnings.Single(), Does.StartWith("the gateway could not look at the sign-in: not now"));
    }

    [TestCase("")]
    [TestCase("{\"access_token\": \"cut of")]
    [TestCase("null")]
    [TestCase("[1]")]
    public void A_broken_file_is_none_for_whoever_replaces_it_and_is_told(string text)
    {
        File.Write(Stored(DateTimeOffset.UtcNow));
        System.IO.File.WriteAllText(File.Path, text);

        Assert.That(File.ReadOrBroken(_warnings.Add), Is.Null);
        Assert.That(_warnings.Single(), Does.EndWith("is broken and is replaced by this sign-in"));
    }

    [Test]
    [Description("A6: everything in the user's own folder, the lock a file of its own, and a stale one blocks nobody")]
    public async Task A6_files_are_the_user_s_own_and_a_lock_that_was_left_blocks_nobody()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        System.IO.File.WriteAllText(File.Path + ".lock", "left by somebody who was killed");
        _issuer.On("POST /token", 200, """{"access_token":"new-access","expires_in":3600}""");

        Assert.That(await Token(), Is.EqualTo("new-access"));
        var folder = Path.Combine(_home, ".hoop", "sessions");
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Has.Exactly(2).Items, "session and lock, no drafts");
        Assert.That(System.IO.File.GetUnixFileMode(File.Path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(
            System.IO.File.GetUnixFileMode(folder),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public void Each_gateway_has_a_session_of_its_own()
    {
        var paths = new[] { "https://a.example", "https://a.example:8443", "https://a.example/hoop", "http://a.example" }
            .Select(address => SessionPath.For(name => name == "HOME" ? _home : null, new Uri(address))!).ToArray();

        Assert.That(paths.Distinct().Count(), Is.EqualTo(4));
        Assert.That(SessionPath.For(name => name == "HOME" ? _home : null, new Uri("https://a.example/")), Is.EqualTo(paths[0]));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("""{"access_token": ""}""")]
    public void A_file_that_is_no_session_is_told_with_what_to_do(string text)
    {
        File.Write(Stored(DateTimeOffset.UtcNow));
        System.IO.File.WriteAllText(File.Path, text);

        Assert.That(() => File.Read(), Throws.InstanceOf<CliFailure>().With.Message.Contains("Run: hoop login"));
    }

    [Test]
    public async Task The_gateway_learns_of_each_refresh_by_the_ID_token()
    {
        File.Write(Stored(DateTimeOffset.UtcNow.AddSeconds(-1)));
        _issuer.On("POST /token", 200, """{"access_token":"new-access","id_token":"a.b.c","expires_in":3600}""");
        var told = new List<string>();

        await new SessionTokens(File, (body, _) =>
        {
            told.Add(body.ToJsonString());
            return Task.FromResult(new Answer(
                HttpMethod.Post, Gateway, HttpStatusCode.Forbidden, """{"message":"your groups are unknown"}""", "", null));
        }, _warnings.Add, TimeProvider.System).Token(CancellationToken.None);

        Assert.That(told, Is.EqualTo(new[] { """{"id_token":"a.b.c"}""" }));
        Assert.That(_warnings, Is.EqualTo(new[] { "the gateway does not take the sign-in over: your groups are unknown" }));
    }

    private Task<string> Token() => new SessionTokens(
        File,
        (_, _) => Task.FromResult(new Answer(HttpMethod.Post, Gateway, HttpStatusCode.OK, "{}", "", null)),
        _warnings.Add,
        TimeProvider.System,
        () => Interlocked.Increment(ref _waiting)).Token(CancellationToken.None);

    private Session Stored(DateTimeOffset end) => new(
        "old-access", end, "old-refresh", "https://idp.example", "hoop-cli", ClientSecret: null, new Uri(_issuer.Address, "/token"));
}
