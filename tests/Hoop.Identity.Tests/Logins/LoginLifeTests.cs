using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

/// <summary>What becomes of tokens when the role, the settings or the mount change.</summary>
public sealed class LoginLifeTests
{
    private LoginWorld _world = null!;

    [SetUp]
    public async Task Start() => _world = await LoginWorld.Start();

    [TearDown]
    public async Task Stop() => await _world.DisposeAsync();

    [Test]
    public async Task A_disabled_mount_ends_its_tokens_and_their_children_and_leaves_the_others()
    {
        await _world.Made("/v1/sys/auth/other", new { type = "jwt" });
        await _world.Made("/v1/auth/other/config", new { jwks_url = _world.Provider.JwksUrl });
        await _world.Made("/v1/auth/other/role/dev", LoginWorld.Role);
        await _world.UntilKeysAreKnown("other");
        await _world.Admin.Put("/v1/sys/policies/acl/dev", new { policy = "path \"auth/token/create\" { capabilities = [\"update\"] }" });
        using var held = _world.As(await _world.SignedIn(_world.Provider.MintAccessToken("ada")));
        using var other = _world.As(await _world.SignedIn(_world.Provider.MintAccessToken("ada"), mount: "other"));
        using var child = _world.As((await held.Post("/v1/auth/token/create", new { ttl = "10m" }))["auth"]);
        Assert.That(await Status(held, child, other), Is.EqualTo("OK OK OK"));

        Assert.That((await _world.Admin.Delete("/v1/sys/auth/jwt")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await Status(held, child, other), Is.EqualTo("Forbidden Forbidden OK"));
        Assert.That((await _world.Login(_world.Provider.MintAccessToken("ada"))).Status, Is.EqualTo(HttpStatusCode.BadRequest));

        // Enabled again it is another mount: nothing of the first is found.
        await _world.Made("/v1/sys/auth/jwt", new { type = "jwt" });
        Assert.That((await _world.Admin.Get("/v1/auth/jwt/config")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _world.Admin.Get("/v1/auth/jwt/role?list=true")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        var rows = await _world.Gateway.AuditOf("vault_token");
        Assert.That(rows.Count(row => row.Fields.Contains("auth_mount_disabled", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_token_outlives_its_role_and_the_settings_and_is_renewed_only_while_there_is_the_role()
    {
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("ada"));
        using var ada = _world.As(auth);
        await _world.SetRole("dev", ("token_ttl", "10m"), ("token_max_ttl", "30m"));
        var renewed = (await ada.Post("/v1/auth/token/renew-self", new { }))["auth"];
        Assert.That(renewed.GetProperty("lease_duration").GetInt32(), Is.EqualTo(600), "as the role says now");
        var longer = (await ada.Post("/v1/auth/token/renew-self", new { increment = "5h" }))["auth"];
        Assert.That(longer.GetProperty("lease_duration").GetInt32(), Is.InRange(1500, 1800), "never beyond the role's longest");

        await _world.Made("/v1/auth/jwt/config", new { jwks_url = _world.Provider.JwksUrl, bound_issuer = "https://other.example" });
        Assert.That(await Status(ada), Is.EqualTo("OK"));
        Assert.That((await _world.Login(_world.Provider.MintAccessToken("ada"))).Status, Is.EqualTo(HttpStatusCode.BadRequest));

        await _world.Admin.Delete("/v1/auth/jwt/role/dev");
        Assert.That(await Status(ada), Is.EqualTo("OK"));
        var refused = await ada.Post("/v1/auth/token/renew-self", new { });
        Assert.That(
            (refused.Status, refused["errors"][0].GetString()),
            Is.EqualTo((HttpStatusCode.BadRequest, "role dev does not exist during renewal")));
    }

    [Test]
    public async Task A_period_goes_on_and_on_and_follows_the_role()
    {
        await _world.SetRole("periodic", ("token_period", "2h"), ("token_max_ttl", "0"), ("token_ttl", "0"));
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("ada"), "periodic");
        Assert.That(auth.GetProperty("lease_duration").GetInt32(), Is.EqualTo(7200));
        await _world.SetRole("periodic", ("token_period", "3h"), ("token_ttl", "0"));
        using var ada = _world.As(auth);
        var renewed = (await ada.Post("/v1/auth/token/renew-self", new { }))["auth"];
        Assert.That(renewed.GetProperty("lease_duration").GetInt32(), Is.InRange(10_790, 10_800));
    }

    [Test]
    public async Task A_mount_s_tuning_bounds_its_tokens()
    {
        await _world.Made("/v1/sys/mounts/auth/jwt/tune", new { default_lease_ttl = "5m", max_lease_ttl = "20m" });
        await _world.SetRole("usual", ("token_ttl", 0));
        await _world.SetRole("long", ("token_ttl", "1h"));
        var usual = await _world.SignedIn(_world.Provider.MintAccessToken("ada"), "usual");
        var reply = await _world.Login(_world.Provider.MintAccessToken("ada"), "long");
        Assert.That(usual.GetProperty("lease_duration").GetInt32(), Is.EqualTo(300));
        Assert.That(reply["auth"].GetProperty("lease_duration").GetInt32(), Is.EqualTo(1200));
        Assert.That(reply["warnings"].GetRawText(), Does.Contain("exceeded the effective max_ttl"));
    }

    [Test]
    public async Task A_mount_s_tuning_bounds_renewals_and_periods_too()
    {
        await _world.SetRole("periodic", ("token_period", "2h"), ("token_ttl", "0"));
        var (usual, periodic) = (
            await _world.SignedIn(_world.Provider.MintAccessToken("ada")),
            await _world.SignedIn(_world.Provider.MintAccessToken("ada"), "periodic"));
        await _world.Made("/v1/sys/mounts/auth/jwt/tune", new { max_lease_ttl = "20m" });
        foreach (var auth in new[] { usual, periodic })
        {
            using var ada = _world.As(auth);
            var renewed = await ada.Post("/v1/auth/token/renew-self", new { increment = "5h" });
            Assert.That(renewed["auth"].GetProperty("lease_duration").GetInt32(), Is.InRange(1100, 1200), renewed.Body.ToString());
        }
    }

    [Test]
    public async Task What_strangers_can_make_ends_at_the_quota_and_leaves_nothing_behind()
    {
        await _world.SignedIn(_world.Provider.MintAccessToken("first"));
        Assert.That(
            (await _world.Gateway.Operator.Put($"/api/orgs/{_world.OrgId}/quotas", new { entities = 1 })).Status,
            Is.EqualTo(HttpStatusCode.OK));
        var refused = await _world.Login(_world.Provider.MintAccessToken("second"));
        Assert.That((int)refused.Status, Is.InRange(400, 499), refused.Body.ToString());
        Assert.That(
            await _world.Gateway.Query<long>("SELECT count(*) FROM identity.entity_aliases WHERE name = 'second'"),
            Is.EqualTo(new[] { 0L }));
        await _world.SignedIn(_world.Provider.MintAccessToken("first"));
    }

    [Test]
    public async Task Another_gateway_verifies_by_new_settings_when_the_call_that_wrote_them_has_answered()
    {
        await using var second = await TestGateway.Start(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" },
            connection: _world.Gateway.Connection);
        var token = _world.Provider.MintAccessToken("ada");
        await Eventually.True(async () => (await LoginWorld.Login(second, token)).Status == HttpStatusCode.OK, "the keys are known");
        await _world.Made("/v1/auth/jwt/config", new { jwks_url = _world.Provider.JwksUrl, bound_issuer = "https://other.example" });
        Assert.That((await LoginWorld.Login(second, token)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_gateway_that_starts_again_knows_mounts_roles_and_tokens()
    {
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("ada"));
        await using var again = await TestGateway.Start(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" },
            connection: _world.Gateway.Connection);
        using var ada = again.As(auth.GetProperty("client_token").GetString()!);
        Assert.That(await Status(ada), Is.EqualTo("OK"));
        await Eventually.True(
            async () => (await LoginWorld.Login(again, _world.Provider.MintAccessToken("ada"))).Status == HttpStatusCode.OK,
            "the keys are known");
    }

    private static async Task<string> Status(params HttpClient[] clients)
    {
        var all = new List<string>();
        foreach (var client in clients)
        {
            all.Add((await client.Get("/v1/auth/token/lookup-self")).Status.ToString());
        }

        return string.Join(' ', all);
    }
}
