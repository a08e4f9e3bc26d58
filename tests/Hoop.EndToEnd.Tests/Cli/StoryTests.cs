using System.Diagnostics;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>
/// The product's main job by hand: an agent comes in with a JWT-SVID, and a user's query runs through it as the user's own cloud principal.
/// </summary>
public sealed class StoryTests
{
    private const string PolicyYaml = """
        builtin_provider: gcp_iam
        identity_source_attribute: email
        identity_target_template: "{user.email_local}@my-proj.iam.gserviceaccount.com"
        fallback_policy: deny
        token_ttl_seconds: 3600
        extra_config:
          project_id: my-proj
        """;

    [Test]
    [CancelAfter(90_000)]
    public async Task From_a_new_agent_to_a_green_federation_test(CancellationToken limit)
    {
        await using var google = await GoogleStandIn.Start();
        await using var issuer = await SpiffeIssuerStandIn.Start("prod.example");
        await using var gateway = await TestGateway.Start(new()
        {
            ["HOOP_GCP_IAM_ENDPOINT"] = google.Address,
            ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri,
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "prod.example",
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = issuer.Bundle(),
        });
        using var hoop = new HoopProcess(gateway.Address, TestGateway.AdminToken);
        google.Grant("alice@my-proj.iam.gserviceaccount.com");
        var key = hoop.File("hoop-admin-sa.json", google.CreateAdminCredentials("my-proj", "hoop-admin"));
        var policy = hoop.File("federation.yaml", PolicyYaml);
        var svid = hoop.File("svid", issuer.MintSvid("spiffe://prod.example/agent/web", "hoop-gateway"));

        await Succeeds(hoop, "admin", "create", "agent", "web");
        await Succeeds(
            hoop,
            "admin",
            "create",
            "spiffe-mapping",
            "--trust-domain",
            "prod.example",
            "--spiffe-prefix",
            "spiffe://prod.example/agent/",
            "--agent-template",
            "{{.WorkloadIdentifier}}",
            "--groups",
            "agents");
        var resolved = await Succeeds(hoop, "admin", "spiffe", "resolve", "--token-file", svid);
        Assert.That(
            resolved.Out,
            Does.Contain("Agent Name:             web\n").And.Contain("Workload Identifier:    web\n").And.Contain(
                "Groups:                 agents\n"));

        using var agent = StartAgent(gateway, svid);
        try
        {
            while (!(await Succeeds(hoop, "admin", "get", "agent/web")).Out.Contains("ONLINE   spiffe://prod.example/agent/web",
                StringComparison.Ordinal))
            {
                limit.ThrowIfCancellationRequested();
            }

            await Succeeds(
                hoop, "admin", "create", "connection", "my-bq", "-a", "web", "-t", "custom/bigquery", "-e", "CLOUDSDK_CORE_PROJECT=old",
                "-e", $"filesystem:GOOGLE_APPLICATION_CREDENTIALS=file://{key}", "--", "sh", "-c", "cat; echo; echo "
                    + "\"$HOOP_FEDERATED_PRINCIPAL in $CLOUDSDK_CORE_PROJECT\"");
            var off = await hoop.Run("admin", "federation", "get", "my-bq");
            await Succeeds(hoop, "admin", "feature-flag", "enable", "experimental.iam_federation");
            var set = await Succeeds(hoop, "admin", "federation", "set", "my-bq", "--file", policy, "--credentials-file", key);
            var test = await Succeeds(
                hoop,
                "admin",
                "federation",
                "test",
                "--connection",
                "my-bq",
                "--user-email",
                "alice@example.com",
                "--credentials-file",
                key);
            var refused = await hoop.Run(
                "admin",
                "federation",
                "test",
                "--connection",
                "my-bq",
                "--user-email",
                "mallory@example.com",
                "--credentials-file",
                key,
                "-o",
                "json");
            var get = await Succeeds(hoop, "admin", "federation", "get", "my-bq");
            var deleted = await Succeeds(hoop, "admin", "federation", "delete", "my-bq");

            Assert.That(off.Error, Does.EndWith("Run: hoop admin feature-flag enable experimental.iam_federation\n"));
            Assert.That(set.Out, Is.EqualTo("federation configured for connection \"my-bq\"\n\n" + get.Out));
            Assert.That(get.Out, Does.Contain("Has Admin Credentials:  yes\nExtra Config:           project_id=my-proj\n"));
            Assert.That(test.Out, Does.Match("""
                ^Connection:             my-bq
                Status:                 SUCCESS
                Resolved Principal:     alice@my-proj\.iam\.gserviceaccount\.com
                Admin Principal:        hoop-admin@my-proj\.iam\.gserviceaccount\.com
                Token Expires At:       20[0-9T:-]+Z
                Injected Env Var Keys:  CLOUDSDK_CORE_PROJECT, HOOP_FEDERATED_PRINCIPAL, HOOP_GCP_ACCESS_TOKEN, HOOP_GCP_TOKEN_EXPIRES_AT
                Superseded Static Envs: GOOGLE_APPLICATION_CREDENTIALS
                Probe Status:           success

                Probe Output:
                SELECT 1
                alice@my-proj\.iam\.gserviceaccount\.com in my-proj
                $
                """));
            Assert.That(
                test.Error,
                Does.StartWith(
                    "note: skipping filesystem-typed secrets, for which the probe has no files: GOOGLE_APPLICATION_CREDENTIALS\n"));
            Assert.That(refused.Code, Is.EqualTo(1));
            Assert.That(refused.Out, Does.StartWith("{\"success\":false,"));
            Assert.That(deleted.Out, Is.EqualTo("federation removed for connection \"my-bq\"\n"));
        }
        finally
        {
            agent.Kill(entireProcessTree: true);
            await agent.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Process StartAgent(TestGateway gateway, string svid)
    {
        var start = new ProcessStartInfo(HoopProgram.File, HoopProgram.With("start", "agent", "--allow-command", "sh"))
        {
            UseShellExecute = false,
        };
        start.Environment["HOOP_SPIFFE_KEY_FILE"] = svid;
        start.Environment["HOOP_APIURL"] = gateway.Address.ToString();
        start.Environment.Remove("HOOP_KEY");
        return Process.Start(start)!;
    }

    private static async Task<Ran> Succeeds(HoopProcess hoop, params string[] arguments)
    {
        var ran = await hoop.Run(arguments);
        Assert.That(ran.Code, Is.Zero, $"hoop {string.Join(' ', arguments)}\n{ran.Out}{ran.Error}");
        return ran;
    }
}
