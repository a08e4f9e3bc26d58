using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProviders;

/// <summary>
/// The certified provider <c>oidc-provider</c>: what it really sends, through the real program and the whole gateway. Each refresh token of
/// it is for one use; a second use ends the whole sign-in.
/// </summary>
public sealed class OidcProviderTests
{
    [Test]
    public async Task A_program_s_access_token_is_good_also_after_the_provider_has_a_new_key()
    {
        await using var provider = await NodeProvider.Start("provider.mjs");
        await using var gateway = await provider.StartGateway();
        await gateway.Operator.Post("/api/serviceaccounts", new { subject = "robot", name = "robot", status = "active" });
        using var http = new HttpClient();

        using var first = gateway.As(await ClientCredentials(http, provider));
        var before = await first.Get("/api/userinfo");
        (await http.PutAsync(provider.Issuer + "/__rotate", content: null)).EnsureSuccessStatusCode();
        using var second = gateway.As(await ClientCredentials(http, provider));
        var after = await second.Get("/api/userinfo");

        Assert.That((before.Status, before.Text("kind")), Is.EqualTo((HttpStatusCode.OK, "service_account")));
        Assert.That((after.Status, (await first.Get("/api/userinfo")).Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
    }

    [Test]
    public async Task A_program_s_opaque_token_is_good_until_the_provider_says_otherwise()
    {
        await using var provider = await NodeProvider.Start("provider.mjs", opaque: true);
        await using var gateway = await TestGateway.Start(new() { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" });
        var issuer = await gateway.Operator.Post("/api/issuers", new
        {
            issuer = provider.Issuer,
            audiences = new[] { NodeProvider.Audience },
            claims = new { subject = "client_id" },
            introspection_url = provider.Issuer + "/token/introspection",
            introspection_client_id = "robot",
            introspection_secret = "robot-secret",
        });
        await gateway.Operator.Post(
            "/api/serviceaccounts", new { issuer = provider.Issuer, subject = "robot", name = "robot", status = "active" });
        using var http = new HttpClient();
        var (used, revoked) = (await ClientCredentials(http, provider), await ClientCredentials(http, provider));
        using var revocation = new HttpRequestMessage(HttpMethod.Post, provider.Issuer + "/token/revocation")
        {
            Content = new FormUrlEncodedContent([new("token", revoked)]),
        };
        revocation.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("robot:robot-secret")));
        (await http.SendAsync(revocation)).EnsureSuccessStatusCode();

        var explained = await gateway.Operator.Post("/api/issuers/test", new { token = used });
        var good = await gateway.As(used).Get("/api/userinfo");

        Assert.That((int)issuer.Status, Is.EqualTo(201), issuer.Body.GetRawText());
        Assert.That(used, Does.Not.Contain('.'));
        Assert.That((good.Status, good.Text("kind")), Is.EqualTo((HttpStatusCode.OK, "service_account")), explained.Body.GetRawText());
        Assert.That((await gateway.As(revoked).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_person_signs_in_by_browser_is_known_and_signs_out()
    {
        await using var provider = await NodeProvider.Start("provider.mjs");
        await using var gateway = await provider.StartGateway(("HOOP_OIDC_GROUPS_CLAIM", "groups"));
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var signedIn = await Login(hoop, "admin-jane");
        var me = await hoop.Run("whoami", "-o", "json");
        var refused = await hoop.Run("admin", "get", "users");
        var loggedOut = await hoop.Run("logout");
        var gone = await hoop.Run("whoami");

        Assert.That(signedIn.Code, Is.Zero, signedIn.Error);
        Assert.That(signedIn.Out, Does.StartWith("Login succeeded\nadmin-jane@example.com at "));
        var who = JsonElement.Parse(me.Out);
        Assert.That(
            (who.GetProperty("kind").GetString(), who.GetProperty("role").GetString(), who.GetProperty("email").GetString()),
            Is.EqualTo(("user", "admin", "admin-jane@example.com")));
        Assert.That(refused.Out, Does.Contain("admin-jane@example.com"), refused.Error);
        Assert.That((loggedOut.Code, gone.Code), Is.EqualTo((0, 1)), loggedOut.Error);
        Assert.That(gone.Error, Does.Contain("not signed in").And.Contain("hoop login"));
    }

    [Test]
    public async Task A_person_whose_access_token_is_for_another_API_gets_one_of_the_gateway_and_keeps_it_fresh()
    {
        await using var provider = await NodeProvider.Start("provider.mjs");
        await using var gateway = await provider.StartGateway(("HOOP_OIDC_AUDIENCE", "https://another-api.test"));
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var signedIn = await Login(hoop, "jane");
        var me = await hoop.Run("whoami");
        var file = Directory.GetFiles(Path.Combine(hoop.Home, ".hoop", "sessions"), "*.json").Single();
        var before = Expire(file);
        var refreshed = await hoop.Run("whoami");

        Assert.That(signedIn.Code, Is.Zero, signedIn.Error);
        Assert.That((me.Code, refreshed.Code), Is.EqualTo((0, 0)), me.Error + refreshed.Error);
        Assert.That(me.Out, Does.Contain("jane@example.com"));
        Assert.That(RefreshTokenOf(file), Is.Not.EqualTo(before));
    }

    [Test]
    public async Task A_person_signs_in_at_the_issuer_of_another_organization_also_over_a_session_that_was_broken()
    {
        await using var provider = await NodeProvider.Start("provider.mjs");
        await using var gateway = await TestGateway.Start(new() { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" });
        var (_, admin) = await gateway.CreateOrganization("acme");
        using var client = admin;
        var made = await admin.Post("/api/issuers", new
        {
            issuer = provider.Issuer, audiences = new[] { NodeProvider.Audience }, client_id = NodeProvider.Client,
            people = new { groups_claim = "groups", parameters = new { prompt = "consent" } },
        });
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Message);
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var nowhere = await hoop.Run("login", "--device");
        var signedIn = await Login(hoop, "admin-jane", "--org", "acme");
        var me = JsonElement.Parse((await hoop.Run("whoami", "-o", "json")).Out);
        var file = Directory.GetFiles(Path.Combine(hoop.Home, ".hoop", "sessions"), "*.json").Single();
        Expire(file);
        var refreshed = await hoop.Run("whoami");
        File.WriteAllText(file, File.ReadAllText(file)[..40]);
        var broken = await hoop.Run("whoami");
        var again = await Login(hoop, "admin-jane", "--org", "acme");

        Assert.That(nowhere.Error, Does.Contain("hoop login --org NAME"));
        Assert.That((signedIn.Code, refreshed.Code), Is.EqualTo((0, 0)), signedIn.Error + refreshed.Error);
        Assert.That(
            (me.GetProperty("org_name").GetString(), me.GetProperty("role").GetString(), me.GetProperty("email").GetString()),
            Is.EqualTo(("acme", "admin", "admin-jane@example.com")));
        Assert.That((broken.Code, again.Code), Is.EqualTo((1, 0)), again.Error);
        Assert.That(broken.Error, Does.Contain("Run: hoop login"));
        Assert.That(again.Error, Does.Contain("is broken and is replaced by this sign-in"));
        Assert.That((await hoop.Run("whoami")).Code, Is.Zero);
    }

    [Test]
    public async Task A_person_signs_in_by_another_device()
    {
        await using var provider = await NodeProvider.Start("provider.mjs");
        await using var gateway = await provider.StartGateway();
        using var hoop = new HoopProcess(gateway.Address, token: null);

        await using var running = hoop.Start("login", "--device");
        var said = await running.Said("on any device, open ");
        var parts = said.Split(" and type the code ");
        await SignInPages.SignIn(parts[0], "jane", parts[1].Trim());
        var ended = await running.End();

        var told = $"Login succeeded\njane@example.com at {gateway.Address.AbsoluteUri.TrimEnd('/')}\n";
        Assert.That((ended.Code, ended.Out), Is.EqualTo((0, told)), ended.Error);
        Assert.That((await hoop.Run("whoami")).Code, Is.Zero);
    }

    [Test]
    [Description("A1: the provider ends the whole sign-in when one refresh token is used twice")]
    public async Task A1_twenty_commands_at_once_refresh_once_and_all_work()
    {
        await using var provider = await NodeProvider.Start("provider.mjs", accessTokenSeconds: 600);
        await using var gateway = await provider.StartGateway();
        using var hoop = new HoopProcess(gateway.Address, token: null);
        Assert.That((await Login(hoop, "jane")).Code, Is.Zero);
        var file = Directory.GetFiles(Path.Combine(hoop.Home, ".hoop", "sessions"), "*.json").Single();
        foreach (var round in new[] { 1, 2 })
        {
            var before = Expire(file);

            var ran = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => hoop.Run("whoami")));

            Assert.That(ran.Select(one => (one.Code, one.Error)), Is.All.EqualTo((0, "")), $"round {round}");
            Assert.That(RefreshTokenOf(file), Is.Not.EqualTo(before), "it was refreshed");
        }

        Assert.That(
            (await gateway.AuditOf("person")).Count(row => row.Action == "authenticate"), Is.EqualTo(2), "each refresh was one sign-in");
    }

    [Test]
    public async Task A_person_who_is_switched_off_is_out_and_one_who_is_gone_at_the_provider_is_told()
    {
        await using var provider = await NodeProvider.Start("provider.mjs");
        await using var gateway = await provider.StartGateway();
        using var hoop = new HoopProcess(gateway.Address, token: null);
        await Login(hoop, "jane");
        var id = (await gateway.Operator.Get("/api/users?subject=jane")).Body[0].GetProperty("id").GetString();

        await gateway.Operator.Put($"/api/users/{id}", new { status = "inactive" });
        var off = await hoop.Run("whoami");
        await gateway.Operator.Put($"/api/users/{id}", new { status = "active" });
        var on = await hoop.Run("whoami");
        var file = Directory.GetFiles(Path.Combine(hoop.Home, ".hoop", "sessions"), "*.json").Single();
        Expire(file, refreshToken: "revoked-at-the-provider");
        var gone = await hoop.Run("whoami");

        Assert.That((off.Code, on.Code, gone.Code), Is.EqualTo((1, 0, 1)));
        Assert.That(off.Error, Does.Contain("(401)").And.Contain("Run: hoop login"));
        Assert.That(gone.Error, Does.Contain("your sign-in has ended at").And.Contain("Run: hoop login"));
    }

    private static async Task<Ran> Login(HoopProcess hoop, string login, params string[] more)
    {
        await using var running = hoop.Start(["login", "--no-browser", "--redirect-uri", "http://127.0.0.1:0/callback", .. more]);
        await SignInPages.SignIn((await running.Said("sign in here: ")).Trim(), login);
        return await running.End();
    }

    /// <summary>Makes the stored access token due. Answers the refresh token.</summary>
    private static string? Expire(string file, string? refreshToken = null)
    {
        var session = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        var before = session["refresh_token"]!.GetValue<string>();
        session["expires_at"] = DateTimeOffset.UtcNow.AddSeconds(-1).ToString("O");
        session["refresh_token"] = refreshToken ?? before;
        File.WriteAllText(file, session.ToJsonString());
        return before;
    }

    private static string? RefreshTokenOf(string file) =>
        JsonElement.Parse(File.ReadAllText(file)).GetProperty("refresh_token").GetString();

    private static async Task<string> ClientCredentials(HttpClient http, NodeProvider provider)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, provider.Issuer + "/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("scope", "openid")]),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("robot:robot-secret")));
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }
}
