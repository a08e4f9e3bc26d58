using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.Apply;

/// <summary>Federation policies as manifests: their credentials are sent once, and never shown.</summary>
public sealed class ApplyFederationTests
{
    [Test]
    public async Task A_policy_is_made_with_its_connection_and_its_credentials_are_sent_once()
    {
        await using var google = await GoogleStandIn.Start();
        await using var gateway = await TestGateway.Start(new()
        {
            ["HOOP_GCP_IAM_ENDPOINT"] = google.Address,
            ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri,
        });
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        var key = google.CreateAdminCredentials("my-proj", "hoop-admin");
        hoop.File("sa.json", key);
        hoop.File("all.yaml", """
            kind: agent
            name: web
            ---
            kind: connection
            name: my-bq
            agent: web
            type: custom
            command: [bq]
            ---
            kind: federation
            connection: my-bq
            builtin_provider: gcp_iam
            identity_target_template: "{user.email_local}@my-proj.iam.gserviceaccount.com"
            token_ttl_seconds: 600
            extra_config: {project_id: my-proj}
            credentials: {file: sa.json}
            """);

        var off = await hoop.Run("apply", "-f", "all.yaml", "--dry-run");
        await hoop.Run("admin", "feature-flag", "enable", "experimental.iam_federation");
        var made = await hoop.Run("apply", "-f", "all.yaml");
        var again = await hoop.Run("apply", "-f", "all.yaml", "--dry-run", "--exit-code");
        var replaced = await hoop.Run("apply", "-f", "all.yaml", "--replace-credentials");
        hoop.File("sa.json", google.CreateAdminCredentials("my-proj", "hoop-admin"));
        var rotated = await hoop.Run("apply", "-f", "all.yaml", "--dry-run", "--exit-code");
        var sent = await hoop.Run("apply", "-f", "all.yaml");
        var settled = await hoop.Run("apply", "-f", "all.yaml", "--dry-run", "--exit-code");
        var exported = await hoop.Run("export", "federation");
        var stored = await hoop.Run("admin", "federation", "get", "my-bq", "-o", "json");
        hoop.File("less.yaml", "kind: agent\nname: web\n");
        var pruned = await hoop.Run("apply", "-f", "less.yaml", "--prune", "--kinds", "federation,connections");

        Assert.That(off.Error, Does.EndWith("Run: hoop admin feature-flag enable experimental.iam_federation\n"));
        Assert.That((made.Code, made.Out), Is.EqualTo((
            0, "agent/web created\nconnection/my-bq created\nfederation/my-bq created\n3 created, 0 unchanged\n")), made.Error);
        Assert.That((again.Code, again.Out), Is.EqualTo((
            0, "agent/web unchanged\nconnection/my-bq unchanged\nfederation/my-bq unchanged\n3 unchanged (dry run)\n")), again.Error);
        Assert.That(replaced.Out, Does.Contain("federation/my-bq changed\n  credentials: differs\n"), replaced.Error);
        Assert.That((rotated.Code, rotated.Out), Is.EqualTo((
            2, "agent/web unchanged\nconnection/my-bq unchanged\nfederation/my-bq would be changed\n  credentials: differs\n"
                + "1 would be changed, 2 unchanged (dry run)\n")), rotated.Error);
        Assert.That((sent.Code, settled.Code), Is.EqualTo((0, 0)), sent.Error + settled.Out);
        Assert.That(exported.Out, Does.StartWith("---\nkind: federation\n").And.Contain("connection: my-bq\n").And.Not.Contain("private"));
        Assert.That(stored.Out, Does.Contain("\"has_admin_credentials\":true"));
        Assert.That(pruned.Out, Is.EqualTo(
            "agent/web unchanged\nfederation/my-bq deleted\nconnection/my-bq deleted\n2 deleted, 1 unchanged\n"), pruned.Error);
        Assert.That(made.Out + made.Error + replaced.Out + replaced.Error + exported.Out, Does.Not.Contain("PRIVATE KEY"));
    }
}
