using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Issuers that are asked about opaque tokens, by command and by manifest: secrets come from files, and go nowhere else.</summary>
public sealed class IntrospectionTests
{
    private const string Audience = "https://hoop.test";

    [Test]
    public async Task A_command_makes_an_issuer_and_its_test_explains_an_opaque_token()
    {
        await using var provider = await IdentityProviderStandIn.Start(Audience);
        await using var gateway = await Start();
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        hoop.File("secret", provider.AddClient("hoop", "secret-canary") + "\n");
        string[] issuer =
        [
            "admin", "create", "issuer", provider.Issuer, "--audience", Audience, "--introspection-url", provider.IntrospectionUrl,
            "--introspection-client-id", "hoop",
        ];

        var without = await hoop.Run(issuer);
        var made = await hoop.Run([.. issuer, "--introspection-secret-file", "secret"]);
        var kept = await hoop.Run([.. issuer, "--leeway", "10", "--overwrite"]);
        await hoop.Run("admin", "create", "serviceaccount", "robot", "--issuer", provider.Issuer);
        hoop.File("token", provider.IssueOpaqueToken("robot"));
        var good = await hoop.Run("admin", "issuer", "test", "--token-file", "token", "--issuer", provider.Issuer);
        hoop.File("token", "taken_back");
        var bad = await hoop.Run("admin", "issuer", "test", "--token-file", "token");
        var shown = await hoop.Run("admin", "get", "issuers", "-o", "json");

        Assert.That(without.Code, Is.Not.Zero);
        Assert.That(without.Error, Does.Contain("introspection_secret"));
        Assert.That((made.Code, kept.Code), Is.EqualTo((0, 0)), made.Error + kept.Error);
        Assert.That(good.Code, Is.Zero, good.Out + good.Error);
        Assert.That(good.Out, Does.Contain("introspection").And.Contain("The token is accepted"));
        Assert.That(bad.Code, Is.EqualTo(1));
        Assert.That(bad.Out, Does.Contain("not active").And.Contain("The token is refused"));
        Assert.That(shown.Out, Does.Contain("has_introspection_secret").And.Not.Contains("canary"));
    }

    [Test]
    public async Task A_manifest_names_files_for_secrets_and_the_second_run_finds_nothing_to_do()
    {
        await using var provider = await IdentityProviderStandIn.Start(Audience);
        await using var gateway = await Start();
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        hoop.File("secret", provider.AddClient("hoop", "secret-canary") + "\n");
        hoop.File("token", "token-canary\n");
        hoop.File("issuer.yaml", $$"""
            kind: issuer
            issuer: {{provider.Issuer}}
            audiences: [{{Audience}}]
            jwks_url: {{provider.JwksUrl}}
            jwks_token: {file: token}
            introspection_url: {{provider.IntrospectionUrl}}
            introspection_client_id: hoop
            introspection_secret: {file: secret}
            """);

        var made = await hoop.Run("apply", "-f", "issuer.yaml");
        var again = await hoop.Run("apply", "-f", "issuer.yaml");
        var exported = await hoop.Run("export", "issuer");
        hoop.File("exported.yaml", exported.Out.Replace("leeway_seconds: 30", "leeway_seconds: 20", StringComparison.Ordinal));
        var changed = await hoop.Run("apply", "-f", "exported.yaml");
        await gateway.Operator.Post("/api/serviceaccounts", new { issuer = provider.Issuer, subject = "robot", status = "active" });

        Assert.That(made.Code, Is.Zero, made.Error);
        Assert.That(again.Out, Does.EndWith("1 unchanged\n"), again.Error);
        Assert.That(exported.Out, Does.Contain("introspection_url").And.Not.Contains("canary").And.Not.Contains("secret"));
        Assert.That(changed.Code, Is.Zero, changed.Error);
        Assert.That(made.Out + again.Out + changed.Out, Does.Not.Contain("canary"));
        var asked = await gateway.As(provider.IssueOpaqueToken("robot")).Get("/api/userinfo");
        Assert.That((int)asked.Status, Is.EqualTo(200), "a change that names no secret keeps it");
    }

    private static Task<TestGateway> Start() => TestGateway.Start(new() { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" });
}
