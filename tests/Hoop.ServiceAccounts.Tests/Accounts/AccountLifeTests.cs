using System.Globalization;
using System.Net;
using Hoop.ServiceAccounts.Accounts;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Accounts;

/// <summary>An account's owner, end and last use.</summary>
public sealed class AccountLifeTests
{
    private AccountsGateway _accounts = null!;

    private HttpClient Operator => _accounts.Gateway.Operator;

    [SetUp]
    public async Task Start() => _accounts = await AccountsGateway.Start();

    [TearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [Test]
    public async Task An_end_that_comes_refuses_the_next_request_on_every_gateway()
    {
        await using var second = await TestGateway.Start(
            new()
            {
                ["HOOP_OIDC_ISSUER"] = _accounts.Provider.Issuer,
                ["HOOP_OIDC_AUDIENCE"] = AccountsGateway.Audience,
                ["HOOP_OIDC_JWKS_URL"] = _accounts.Provider.JwksUrl,
            },
            connection: _accounts.Gateway.Connection);
        var ends = DateTimeOffset.UtcNow.AddSeconds(4);
        await Create(new { subject = "ending", status = "active", expires_at = ends.ToString("O", CultureInfo.InvariantCulture) });
        var token = _accounts.Provider.MintAccessToken("ending");
        TestGateway[] both = [_accounts.Gateway, second];
        foreach (var gateway in both)
        {
            Assert.That((await gateway.As(token).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        await Eventually.True(() => DateTimeOffset.UtcNow >= ends, () => "the clock stands still");

        foreach (var gateway in both)
        {
            Assert.That((await gateway.As(token).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
    }

    [Test]
    public async Task An_end_is_kept_until_it_is_named_and_never_takes_it_away()
    {
        await Create(new { subject = "kept", status = "active", owner = "ops", expires_at = "2020-01-31T00:00:00Z" });
        var token = _accounts.Provider.MintAccessToken("kept");
        Assert.That((await _accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));

        var kept = await Put(new { status = "active" });
        Assert.That((kept.Text("owner"), kept["expires_at"].GetDateTime().Year), Is.EqualTo(("ops", 2020)));
        Assert.That((await _accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        var free = await Put(new { status = "active", owner = "", expires_at = "never" });
        Assert.That(free["expires_at"].ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That(free["owner"].ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That((await _accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.OK));

        Task<Reply> Put(object body) => Operator.Put("/api/serviceaccounts/kept", body);
    }

    [TestCase("tomorrow")]
    [TestCase("2027-01-31")]
    [TestCase("2027-01-31T00:00:00")]
    [TestCase("2027-13-31T00:00:00Z")]
    public async Task What_is_no_time_is_refused(string time)
    {
        var reply = await Operator.Post("/api/serviceaccounts", new { subject = "x", status = "active", expires_at = time });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Message, Does.Contain("expires_at: a time such as"));
    }

    [Test]
    [Description("A13")]
    public async Task The_last_use_is_written_behind_once_a_minute_and_never_waits_for_a_locked_row()
    {
        await Create(new { subject = "used", status = "active" });
        await Create(new { subject = "locked", status = "active" });
        var uses = _accounts.Gateway.Services.GetRequiredService<AccountUses>();
        await using var connection = await _accounts.Gateway.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = connection.CreateCommand();
        hold.CommandText = "SELECT 1 FROM service_accounts.accounts WHERE subject = 'locked' FOR UPDATE";
        await hold.ExecuteNonQueryAsync();

        Assert.That((await _accounts.Ask(_accounts.Provider.MintAccessToken("used"))).Status, Is.EqualTo(HttpStatusCode.OK));
        var locked = await _accounts.Ask(_accounts.Provider.MintAccessToken("locked"));
        Assert.That(locked.Status, Is.EqualTo(HttpStatusCode.OK), "it waits for no lock");
        await uses.Write(CancellationToken.None);
        var first = await LastUse("used");
        await _accounts.Ask(_accounts.Provider.MintAccessToken("used"));
        await uses.Write(CancellationToken.None);

        Assert.That(first, Is.Not.Null);
        Assert.That(await LastUse("used"), Is.EqualTo(first), "at most once a minute");
        Assert.That(await LastUse("locked"), Is.Null, "a locked row is left");
        await Operator.Put("/api/serviceaccounts/used", new { status = "inactive" });
        await _accounts.Gateway.Execute("UPDATE service_accounts.accounts SET last_used_at = NULL WHERE subject = 'used'");
        await _accounts.Ask(_accounts.Provider.MintAccessToken("used"));
        await uses.Write(CancellationToken.None);
        Assert.That(await LastUse("used"), Is.Null, "a refused use is none");
    }

    [Test]
    public async Task The_same_subject_of_a_shared_issuer_is_nobodys_business_of_another_organization()
    {
        await Create(new { subject = "mine", status = "active" });
        var (_, other) = await _accounts.Gateway.CreateOrganization("other");
        await other.Post("/api/issuers", new
        {
            issuer = _accounts.Provider.Issuer,
            audiences = new[] { "theirs" },
            jwks = new { keys = new[] { _accounts.Provider.SigningKey.PublicJwk("sig") } },
        });

        var theirs = await other.Post("/api/serviceaccounts", new { subject = "mine", status = "active", groups = new[] { "g" } });

        Assert.That(theirs.Status, Is.EqualTo(HttpStatusCode.Created), theirs.Body.GetRawText());
        var token = _accounts.Provider.MintAccessToken("mine", "theirs");
        Assert.That((await _accounts.Ask(token, "/api/userinfo"))["groups"][0].GetString(), Is.EqualTo("g"));
        await other.Delete("/api/serviceaccounts/mine");
        Assert.That((await _accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _accounts.Ask(_accounts.Provider.MintAccessToken("mine"))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private async Task Create(object account)
    {
        var reply = await Operator.Post("/api/serviceaccounts", account);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.GetRawText());
    }

    private async Task<DateTime?> LastUse(string subject) => (await _accounts.Gateway.Query<DateTime?>(
        "SELECT last_used_at FROM service_accounts.accounts WHERE subject = @subject", new { subject }))[0];
}
