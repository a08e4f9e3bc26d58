using Hoop.Cli.SignIn;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.SignIn;

/// <summary>The real program, without a terminal.</summary>
public sealed class LoginTests
{
    [Test]
    [Description("A7: a program that is called in a loop opens no browser")]
    public async Task A7_without_a_terminal_no_browser_is_opened_and_the_way_on_is_told()
    {
        await using var provider = await IdentityProviderStandIn.Start();
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/publicserverinfo", 200, Terms(provider.Issuer));
        using var hoop = new HoopProcess(gateway.Address, token: null);
        var opened = Path.Combine(hoop.Home, "opened");
        var fake = hoop.File("xdg-open", $"#!/bin/sh\necho \"$1\" >> {opened}\n");
        File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        hoop.With("PATH", $"{hoop.Home}:{Environment.GetEnvironmentVariable("PATH")}");

        var ran = await hoop.Run("login");
        await hoop.Run("whoami");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith("error: there is no terminal, so no browser is opened. Run: hoop login --device"));
        Assert.That(File.Exists(opened), Is.False);
    }

    [Test]
    public async Task A3_a_wait_has_an_end_that_names_the_way_by_device()
    {
        await using var provider = await IdentityProviderStandIn.Start();
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/publicserverinfo", 200, Terms(provider.Issuer));
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var ran = await hoop.Run("login", "--no-browser", "--redirect-uri", "http://127.0.0.1:0/callback", "--wait", "1");

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain("within 1 s").And.Contain("hoop login --device"));
    }

    [Test]
    public async Task A_gateway_without_people_says_how_to_go_on()
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/publicserverinfo", 200, """{"auth_method":"oidc"}""");
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var ran = await hoop.Run("login");

        Assert.That(ran.Error, Does.Contain("people cannot sign in at").And.Contain("HOOP_OIDC_CLIENT_ID").And.Contain("--token-file"));
    }

    [Test]
    public async Task An_issuer_whose_document_names_another_is_not_believed()
    {
        await using var provider = await IdentityProviderStandIn.Start();
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/publicserverinfo", 200, Terms(provider.Issuer + "/"));
        using var hoop = new HoopProcess(gateway.Address, token: null);

        Assert.That((await hoop.Run("login", "--device")).Error, Does.Contain("is the document of another issuer"));
    }

    [Test]
    public async Task A_ready_made_token_is_kept_and_signs_its_person_in()
    {
        await using var provider = await IdentityProviderStandIn.Start("https://hoop.test");
        await using var gateway = await TestGateway.Start(new Dictionary<string, string?>
        {
            ["HOOP_OIDC_ISSUER"] = provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = "https://hoop.test",
            ["HOOP_OIDC_CLIENT_ID"] = "hoop-cli",
        });
        var variant = new TokenVariant { Claims = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["client_id"] = "hoop-cli" } };
        using var hoop = new HoopProcess(gateway.Address, token: null);

        var ran = await hoop.Run("login", "--token-file", hoop.File("token", provider.MintAccessToken("jane", variant: variant)));

        Assert.That((ran.Code, ran.Out), Is.EqualTo((0, $"Login succeeded\njane at {gateway.Address.AbsoluteUri.TrimEnd('/')}\n")), ran.Error);
        Assert.That((await hoop.Run("whoami")).Out, Does.Contain("jane"));

        var mistyped = await hoop.Run("login", "--token-file", hoop.File("token", "no-token"));
        Assert.That(mistyped.Code, Is.EqualTo(1));
        Assert.That((await hoop.Run("whoami")).Out, Does.Contain("jane"), "what was kept is kept until the new one is good");

        var made = await hoop.Run("token", "create", "nightly", "--ttl", "1h");
        var listed = await hoop.Run("token", "list");
        Assert.That(made.Out, Does.StartWith("hpk_"), made.Error);
        Assert.That(listed.Out, Does.Contain("nightly").And.Not.Contain("hpk_"));
        Assert.That((await hoop.Run("token", "delete", "nightly")).Out, Is.EqualTo("token \"nightly\" deleted\n"));
        Assert.That((await hoop.Run("token", "delete", "nightly")).Error, Does.Contain("you have no token \"nightly\""));
        using var admin = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        Assert.That((await admin.Run("admin", "get", "users")).Out, Does.Contain("active"));
        Assert.That(
            (await admin.Run("admin", "create", "user", "bob", "--groups", "auditor")).Out, Is.EqualTo("user \"bob\" invited\n"));
        Assert.That((await admin.Run("admin", "get", "user", "nobody@example.com")).Error, Does.Contain("there is no user"));
    }

    [TestCase("7", "Try again in 7 s")]
    [TestCase("Fri, 27 Nov 2026 10:00:00 GMT", "Try again at Fri, 27 Nov 2026 10:00:00 GMT")]
    [Description("A15: 429 reaches the user with its time, also from a proxy, and the sign-in stays")]
    public async Task A15_too_many_requests_are_told_with_the_time(string after, string told)
    {
        await using var gateway = await StubGateway.Start();
        gateway.On("GET /api/userinfo", 429, "slow down", $"Retry-After: {after}");
        using var hoop = new HoopProcess(gateway.Address);

        var ran = await hoop.Run("whoami");

        Assert.That((ran.Code, ran.Error), Is.EqualTo((1, $"error: too many requests (429). {told}\n")));
    }

    [Test]
    public void The_page_of_authorization_gets_a_challenge_and_never_the_verifier()
    {
        var flow = new CodeFlow(
            new SignInTerms("https://idp.example", "hoop-cli", "openid email", [new("access_type", "offline")], OnlyInvited: false),
            new Uri("http://127.0.0.1:3587/callback"));

        var address = flow.Address(new Uri("https://idp.example/authorize?tenant=a"));

        Assert.That(address.Query, Does.StartWith("?tenant=a&response_type=code&client_id=hoop-cli&redirect_uri=http%3A%2F%2F127.0.0.1%3A3587%2Fcallback&scope=openid%20email&state="));
        Assert.That(address.Query, Does.Contain("&code_challenge_method=S256").And.EndWith("&access_type=offline").And.Not.Contain("verifier"));
    }

    private static string Terms(string issuer) =>
        $$"""{"auth_method":"oidc","oidc":{"issuer":"{{issuer}}","client_id":"hoop-cli","scopes":["openid"],"parameters":{},"sign_in":"open"} }""";
}
