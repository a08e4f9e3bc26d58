using Hoop.Shared;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

public sealed class ResolveSessionTests : FederationFixture
{
    private static readonly Dictionary<string, string> Secret = new(StringComparer.Ordinal)
    {
        ["envvar:GOOGLE_APPLICATION_CREDENTIALS"] = Convert.ToBase64String("/shared.json"u8),
        ["filesystem:GOOGLE_APPLICATION_CREDENTIALS"] = Convert.ToBase64String("shared key"u8),
        ["envvar:CLOUDSDK_CORE_PROJECT"] = Convert.ToBase64String("static-project"u8),
        ["envvar:OTHER"] = Convert.ToBase64String("kept"u8),
        ["filesystem:CERT"] = Convert.ToBase64String("cert"u8),
    };

    [Test]
    public async Task The_federated_environment_takes_the_place_of_the_shared_key()
    {
        var name = await CreateFederated(secret: Secret);
        var environment = (await Resolve(name)).Environment!;

        Assert.Multiple(() =>
        {
            Assert.That(
                environment.Variables.Keys.Order(),
                Is.EqualTo(new[] { "CLOUDSDK_CORE_PROJECT", "HOOP_FEDERATED_PRINCIPAL", "HOOP_GCP_ACCESS_TOKEN",
                    "HOOP_GCP_TOKEN_EXPIRES_AT", "OTHER" }));
            Assert.That(environment.Variables["CLOUDSDK_CORE_PROJECT"], Is.EqualTo(Project));
            Assert.That(environment.Variables["OTHER"], Is.EqualTo("kept"));
            Assert.That(environment.Files.Keys, Is.EqualTo(new[] { "CERT" }));
            Assert.That(Google.Owner(environment.Variables["HOOP_GCP_ACCESS_TOKEN"]), Is.EqualTo(Alice));
            Assert.That(environment.Federated!.AdminPrincipal, Is.EqualTo(Admin));
            Assert.That(environment.Federated.FallbackApplied, Is.False);
            Assert.That(environment.ToString(), Does.Not.Contain("ya29"));
        });
    }

    [Test]
    public async Task A_warm_session_asks_Google_nothing_until_the_policy_changes()
    {
        var name = await CreateFederated();
        await Resolve(name);
        var calls = Google.Calls.Count;

        await Resolve(name);
        Assert.That(Google.Calls, Has.Count.EqualTo(calls));

        await Gateway.Operator.Put(
            $"/api/connections/{name}/federation", PolicyWith(new() { ["token_ttl_seconds"] = 900 }, credentials: false));
        await Resolve(name);
        Assert.That(Google.Calls, Has.Count.EqualTo(calls + 1));
        Assert.That(Google.Calls[^1].Lifetime, Is.EqualTo("900s"));
    }

    [Test]
    public async Task Many_sessions_of_one_user_through_the_pipeline_make_one_call()
    {
        var name = await CreateFederated();
        var calls = Google.Calls.Count;
        Google.Delay = TimeSpan.FromMilliseconds(100);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Resolve(name)));

        Google.Delay = TimeSpan.Zero;
        Assert.That(Google.Calls, Has.Count.EqualTo(calls + 1));
    }

    [TestCase(GoogleFault.PermissionDenied, true)]
    [TestCase(GoogleFault.NotFound, true)]
    [TestCase(GoogleFault.ServiceDisabled, false)]
    [TestCase(GoogleFault.InvalidArgument, false)]
    [TestCase(GoogleFault.CredentialsRejected, false)]
    [TestCase(GoogleFault.EmptyObject, false)]
    [TestCase(GoogleFault.Unavailable, false)]
    public async Task Only_a_refused_principal_falls_back(GoogleFault fault, bool fallsBack)
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        Google.Fail(Alice, fault);
        var session = await Resolve(name);
        Google.Fail(Alice, GoogleFault.None);
        var row = (await Gateway.AuditOf("federation_session"))[^1];

        Assert.That(session.Environment?.Federated?.FallbackApplied ?? false, Is.EqualTo(fallsBack));
        if (fallsBack)
        {
            Assert.That(session.Environment!.Federated!.Principal, Is.EqualTo(Readonly));
            Assert.That(row.Fields, Does.Contain("\"fallback_applied\": true"));
        }
        else
        {
            Assert.That(row.Failure, Is.EqualTo(session.Refusal!.Code));
            Assert.That(session.Refusal.Message, Does.StartWith("federation failed: impersonation of \"alice@"));
        }
    }

    [Test]
    public async Task When_the_fallback_fails_too_both_reasons_are_told()
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        Google.Revoke(Alice);
        Google.Revoke(Readonly);

        Assert.That(
            (await Resolve(name)).Refusal!.Message,
            Does.Match("^federation failed and fallback also failed: primary=.*alice@.* fallback=.*reader@"));
    }

    [Test]
    public async Task Under_deny_a_refused_principal_is_a_refused_session_with_an_audit_row()
    {
        var name = await CreateFederated(secret: Secret);
        var refused = await Resolve(name, "mallory@example.com");
        var row = (await Gateway.AuditOf("federation_session"))[^1];

        Assert.That(refused.Environment, Is.Null);
        Assert.That(refused.Refusal!.Code, Is.EqualTo("principal_denied"));
        Assert.That((row.Outcome, row.Failure, row.Action), Is.EqualTo(("failure", "principal_denied", "use")));
        Assert.That(row.Fields, Does.Contain("mallory@example.com"));
    }

    [TestCase("hoop-admin@example.com", "principal_is_admin")]
    [TestCase("alice.smith@example.com", "principal_invalid")]
    [TestCase("a@evil@example.com", "identity_mapping_failed")]
    [TestCase("", "identity_mapping_failed")]
    public async Task A_user_that_maps_to_no_usable_account_never_reaches_Google(string email, string code)
    {
        var name = await CreateFederated();
        var calls = Google.Targets.Count;

        Assert.That((await Resolve(name, email)).Refusal?.Code, Is.EqualTo(code));
        Assert.That(Google.Targets, Has.Count.EqualTo(calls));
    }

    [Test]
    [Description("Ciphertext in the wrong row: swapped credentials do not open, not even for a warm session")]
    public async Task Swapped_credentials_refuse_the_session()
    {
        var (one, two) = (await CreateFederated(), await CreateFederated());
        await Resolve(one);
        await Gateway.Execute(
            """
            UPDATE federation.policies p SET credentials_sealed = q.credentials_sealed
            FROM federation.policies q, federation.connections a, federation.connections b
            WHERE a.name IN (@one, @two) AND b.name IN (@one, @two) AND a.id <> b.id AND p.connection_id = a.id AND q.connection_id = b.id
            """,
            new { one, two });

        Assert.That((await Resolve(one)).Refusal?.Code, Is.EqualTo("sealed_value_rejected"));
        Assert.That((await Resolve(two)).Refusal?.Code, Is.EqualTo("sealed_value_rejected"));
    }

    [Test]
    public async Task A_connection_without_policy_runs_on_its_own_secrets()
    {
        var environment = (await Resolve(await CreateConnection(Secret))).Environment!;

        Assert.That(environment.Federated, Is.Null);
        Assert.That(environment.Variables["GOOGLE_APPLICATION_CREDENTIALS"], Is.EqualTo("/shared.json"));
        Assert.That(environment.Files["GOOGLE_APPLICATION_CREDENTIALS"], Is.EqualTo("shared key"));
    }

    [Test]
    public async Task Another_organizations_connection_looks_absent()
    {
        var name = await CreateFederated();
        var (id, _) = await Gateway.CreateOrganization("stranger-sessions");
        await SetFlag(Gateway, on: true, id);

        Assert.That((await Resolve(name, orgId: id)).Refusal?.Code, Is.EqualTo("connection_not_found"));
        Assert.That((await Resolve("absent", orgId: DefaultOrganization.Id)).Refusal?.Code, Is.EqualTo("connection_not_found"));
    }

    [Test]
    [Description("Goal: after the 2xx of a removal no token is handed out, also not one that was asked for before it")]
    public async Task A_policy_that_goes_or_changes_while_Google_is_asked_gives_no_token(
        [Values("deleted", "replaced", "switched off")] string how)
    {
        var name = await CreateFederated();
        Google.Delay = TimeSpan.FromMilliseconds(700);
        try
        {
            var calls = Google.Targets.Count;
            var session = Resolve(name);
            await Eventually.True(
                () => Task.FromResult(
                Google.Targets.Skip(calls).Any(target => target.Contains("generateAccessToken", StringComparison.Ordinal))),
                    "Google was not asked");
            switch (how)
            {
                case "deleted":
                    await Gateway.Operator.Delete($"/api/connections/{name}/federation");
                    break;
                case "replaced":
                    await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(credentials: false));
                    break;
                default:
                    await SetFlag(Gateway, on: false);
                    break;
            }

            var resolved = await session;
            Assert.That(resolved.Environment, Is.Null);
            Assert.That(resolved.Refusal?.Code, Is.EqualTo(how == "switched off" ? "feature_disabled" : "policy_changed"));
        }
        finally
        {
            Google.Delay = TimeSpan.Zero;
            await SetFlag(Gateway, on: true);
        }
    }
}
