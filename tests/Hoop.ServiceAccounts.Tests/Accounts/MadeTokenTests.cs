using System.Globalization;
using System.Net;
using System.Text.Json;
using Hoop.ServiceAccounts.Tests.Issuers;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Accounts;

/// <summary>
/// What an account made ends with it, however it ends. Each revocation by two gateways is in the matrix of revocations; here are the ends
/// by date, what a rule's account made, and what the trail says.
/// </summary>
public sealed class MadeTokenTests
{
    private const string Audience = "https://hoop.test";

    private AccountsGateway _accounts = null!;
    private int _names;

    [OneTimeSetUp]
    public async Task Start() => _accounts = await AccountsGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [Test]
    public async Task An_API_token_of_an_account_with_an_end_ends_with_it_at_the_latest()
    {
        var end = DateTimeOffset.UtcNow.AddHours(3);
        var token = await Account(end);

        var endless = await Make(token, new { name = Fresh() });
        var longer = await Make(token, new { name = Fresh(), expires_in = "24h" });
        var shorter = await Make(token, new { name = Fresh(), expires_in = "1h" });

        Assert.That(EndOf(endless), Is.EqualTo(end).Within(TimeSpan.FromSeconds(2)));
        Assert.That(EndOf(longer), Is.EqualTo(end).Within(TimeSpan.FromSeconds(2)));
        Assert.That(EndOf(shorter), Is.LessThan(DateTimeOffset.UtcNow.AddHours(2)));
    }

    [Test]
    public async Task An_API_token_of_an_account_makes_none_that_outlives_it()
    {
        var end = DateTimeOffset.UtcNow.AddHours(3);
        var first = await Make(await Account(end), new { name = Fresh(), groups = new[] { "admin" } });
        var second = await Make(first.Text("token")!, new { name = Fresh(), groups = new[] { "admin" } });
        var third = await Make(second.Text("token")!, new { name = Fresh(), expires_in = "8760h" });

        Assert.That(EndOf(third), Is.EqualTo(end).Within(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task A_Vault_token_of_an_account_with_an_end_is_not_renewed_beyond_it()
    {
        var token = await Account(DateTimeOffset.UtcNow.AddHours(3));
        var made = (await VaultToken(token, new { ttl = "24h", period = "12h" }))["auth"];
        var renewed = await _accounts.Gateway.As(made.GetProperty("client_token").GetString()!).Post(
            "/v1/auth/token/renew-self", new { increment = "24h" });

        Assert.That(made.GetProperty("lease_duration").GetInt32(), Is.InRange(1, 3 * 3600));
        Assert.That(renewed["auth"].GetProperty("lease_duration").GetInt32(), Is.InRange(1, 3 * 3600));
    }

    [Test]
    public async Task Without_an_end_of_the_account_nothing_is_cut()
    {
        var token = await Account(end: null);

        Assert.That((await Make(token, new { name = Fresh() })).Body.TryGetProperty("expires_at", out _), Is.False);
        Assert.That(
            (await VaultToken(token, new { ttl = "24h" }))["auth"].GetProperty("lease_duration").GetInt32(), Is.EqualTo(24 * 3600));
    }

    [Test]
    public async Task An_expired_account_leaves_nothing_that_works()
    {
        var token = await Account(DateTimeOffset.UtcNow.AddSeconds(4));
        using var api = _accounts.Gateway.As((await Make(token, new { name = Fresh(), groups = new[] { "admin" } })).Text("token")!);
        using var vault = _accounts.Gateway.As(
            (await VaultToken(token, new { ttl = "1h" }))["auth"].GetProperty("client_token").GetString()!);
        Assert.That((await api.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));

        await Eventually.True(
            async () => (await api.Get("/api/userinfo")).Status == HttpStatusCode.Unauthorized
                && (await vault.Get("/v1/auth/token/lookup-self")).Status == HttpStatusCode.Forbidden
                && (await _accounts.Ask(token)).Status == HttpStatusCode.Unauthorized,
            "something outlives the account");
    }

    [Test]
    public async Task The_trail_has_each_token_that_went_and_why()
    {
        var (subject, token) = (Fresh(), "");
        await _accounts.Create(subject, groups: ["admin"]);
        token = _accounts.Provider.MintAccessToken(subject);
        var made = (await Make(token, new { name = Fresh() })).Text("id")!;

        await _accounts.Gateway.Operator.Put($"/api/serviceaccounts/{subject}", new { status = "inactive", groups = new[] { "admin" } });

        var row = (await _accounts.Gateway.AuditOf("api_token")).Single(
            one => one.Action == "delete" && one.Fields.Contains(made, StringComparison.Ordinal));
        Assert.That(JsonElement.Parse(row.Fields).GetProperty("reason").GetString(), Is.EqualTo("service_account_updated"));
        Assert.That(
            await _accounts.Gateway.Query<long>("SELECT count(*) FROM identity.api_tokens WHERE id = @Id", new { Id = Guid.Parse(made) }),
            Is.EqualTo(new[] { 0L }));
    }

    [Test]
    public async Task A_change_that_takes_nothing_away_leaves_what_was_made()
    {
        var subject = Fresh();
        await _accounts.Create(subject, groups: ["admin"]);
        using var api = _accounts.Gateway.As((await Make(
            _accounts.Provider.MintAccessToken(subject), new { name = Fresh(), groups = new[] { "admin" } })).Text("token")!);

        await _accounts.Gateway.Operator.Put(
            $"/api/serviceaccounts/{subject}", new { name = "renamed", status = "active", groups = new[] { "admin", "more" } });

        Assert.That((await api.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task What_a_person_or_the_operator_makes_for_the_organization_is_the_organizations()
    {
        await using var people = await People.PeopleGateway.Start();
        var id = (await people.SignInAs("jane")).Text("id");
        await people.Admin.Put($"/api/users/{id}", new { groups = new[] { "admin" } });
        using var jane = people.As("jane");
        var made = await jane.Post("/api/api-tokens", new { name = "ours", groups = new[] { "auditor" } });
        await people.Admin.Delete($"/api/users/{id}");

        Assert.That((await people.Gateway.As(made.Text("token")!).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_rules_account_with_a_registered_end_makes_nothing_that_outlives_that()
    {
        await using var gateway = await IssuersGateway.Start();
        const string issuer = "https://ci.example";
        await gateway.Trust(new { issuer, audiences = new[] { Audience } });
        await gateway.Gateway.Operator.Post("/api/serviceaccounts/rules", new
        {
            name = "jobs", issuer, account_name = "job:{job}", groups = new[] { "admin" },
            conditions = new[] { new { claim = "kind", equals = "job" } },
        });
        var end = DateTimeOffset.UtcNow.AddHours(2);
        await gateway.Gateway.Operator.Post("/api/serviceaccounts", new
        {
            issuer, subject = "job:7", status = "active", expires_at = end.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        });
        using var job = gateway.Gateway.As(gateway.Mint(
            $$"""{"iss":"{{issuer}}","aud":"{{Audience}}","sub":"x","client_id":"x","kind":"job","job":"7"}"""));

        var bounded = await job.Post("/api/api-tokens", new { name = "bounded" });

        Assert.That(EndOf(bounded), Is.EqualTo(end).Within(TimeSpan.FromSeconds(2)));
    }

    private string Fresh() => $"made-{Interlocked.Increment(ref _names)}";

    private async Task<string> Account(DateTimeOffset? end)
    {
        var subject = Fresh();
        var made = await _accounts.Gateway.Operator.Post("/api/serviceaccounts", new
        {
            subject, name = subject, status = "active", groups = new[] { "admin" },
            expires_at = end?.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        });
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Message);
        return _accounts.Provider.MintAccessToken(subject, lifetime: TimeSpan.FromHours(10));
    }

    private async Task<Reply> Make(string by, object body)
    {
        var made = await _accounts.Gateway.As(by).Post("/api/api-tokens", body);
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Message);
        return made;
    }

    private async Task<Reply> VaultToken(string by, object body)
    {
        var made = await _accounts.Gateway.As(by).Post("/v1/auth/token/create", body);
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.OK), made.Body.GetRawText());
        return made;
    }

    private static DateTimeOffset EndOf(Reply reply) => reply["expires_at"].GetDateTimeOffset();
}
