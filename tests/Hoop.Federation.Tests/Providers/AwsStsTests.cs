using System.Net;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Providers;

/// <summary><c>aws_sts</c>: AssumeRoleWithWebIdentity, with AWS's own library against a stand-in that verifies the token.</summary>
public sealed class AwsStsTests : ProviderFixture
{
    private const string Role = "arn:aws:iam::123456789012:role/analysts";

    private static readonly object Region = new { region = "eu-central-1" };

    private AwsStandIn _aws = null!;

    protected override async Task Prepare(Dictionary<string, string?> settings)
    {
        _aws = await AwsStandIn.Start();
        settings["HOOP_AWS_STS_ENDPOINT"] = _aws.Address;
    }

    [OneTimeTearDown]
    public async Task StopAws() => await _aws.DisposeAsync();

    [SetUp]
    public void AllIsWellAtAws()
    {
        _aws.Fail(AwsFault.None);
        _aws.Allow(Role);
        _aws.Provider.TrustedIssuers.Add(Issuer);
    }

    [Test]
    public async Task A_session_acts_as_its_user_in_the_role_and_keeps_no_profile()
    {
        var name = await Create("aws_sts", Role, Region, secret: new Dictionary<string, string>
        {
            ["envvar:AWS_PROFILE"] = "eA==",
            ["filesystem:AWS_SHARED_CREDENTIALS_FILE"] = "eA==",
            ["envvar:OTHER"] = "eA==",
        });

        var session = (await Resolve(name)).Environment!;

        Assert.Multiple(() =>
        {
            Assert.That(
                _aws.Owner(session.Variables["AWS_ACCESS_KEY_ID"]),
                Does.Match("^arn:aws:sts::123456789012:assumed-role/analysts/alice@example\\.com=[0-9a-f]{32}$"));
            Assert.That(session.Variables.Keys, Is.EquivalentTo(new[]
            {
                "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                "HOOP_AWS_CREDENTIALS_EXPIRE_AT", "HOOP_FEDERATED_PRINCIPAL", "OTHER",
            }));
            Assert.That(session.Files, Is.Empty);
            Assert.That(session.Federated!.Principal, Is.EqualTo(Role));
        });
    }

    [Test]
    public async Task The_same_credentials_are_in_the_files_that_AWSs_SDKs_read_again_and_those_are_renewed()
    {
        var name = await Create("aws_sts", Role, Region, secret: new Dictionary<string, string>
        {
            ["filesystem:AWS_CONFIG_FILE"] = "eA==", ["envvar:HOOP_AWS_CREDENTIALS_FILE"] = "eA==",
        });

        var session = (await Resolve(name)).Environment!;

        Assert.That(
            session.RenewedFiles.Keys,
            Is.EquivalentTo(new[] { "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HOOP_AWS_CREDENTIALS_FILE" }));
        Assert.That(session.Variables.Keys.Concat(session.Files.Keys).Intersect(session.RenewedFiles.Keys), Is.Empty);
        var given = System.Text.Json.JsonElement.Parse(session.RenewedFiles["HOOP_AWS_CREDENTIALS_FILE"]);
        Assert.Multiple(() =>
        {
            Assert.That(given.GetProperty("Version").GetInt32(), Is.EqualTo(1));
            Assert.That(given.GetProperty("AccessKeyId").GetString(), Is.EqualTo(session.Variables["AWS_ACCESS_KEY_ID"]));
            Assert.That(given.GetProperty("SecretAccessKey").GetString(), Is.EqualTo(session.Variables["AWS_SECRET_ACCESS_KEY"]));
            Assert.That(given.GetProperty("SessionToken").GetString(), Is.EqualTo(session.Variables["AWS_SESSION_TOKEN"]));
            Assert.That(
                given.GetProperty("Expiration").GetString(), Is.EqualTo(session.Variables["HOOP_AWS_CREDENTIALS_EXPIRE_AT"]));
            Assert.That(session.RenewedFiles["AWS_CONFIG_FILE"], Is.EqualTo(
                "[default]\nregion = eu-central-1\ncredential_process = sh -c 'cat \"$HOOP_AWS_CREDENTIALS_FILE\"'\n"));
            Assert.That(session.RenewedFiles["AWS_SHARED_CREDENTIALS_FILE"], Is.Empty);
        });
    }

    [Test]
    public async Task One_role_for_many_users_is_nobodys_and_each_has_a_session_of_their_own()
    {
        var name = await Create("aws_sts", Role, Region);

        var alice = (await Resolve(name)).Environment!;
        var bob = (await Resolve(name, "bob@example.com", "user-2")).Environment!;

        Assert.That(_aws.Owner(alice.Variables["AWS_ACCESS_KEY_ID"]), Does.Contain("/alice@"));
        Assert.That(_aws.Owner(bob.Variables["AWS_ACCESS_KEY_ID"]), Does.Contain("/bob@"));
    }

    [Test]
    public async Task A_role_of_ones_own_belongs_to_the_first_user()
    {
        _aws.Allow("arn:aws:iam::123456789012:role/hoop-alice");
        var name = await Create("aws_sts", "arn:aws:iam::123456789012:role/hoop-{user.email_local}", Region);

        Assert.That((await Resolve(name)).Environment, Is.Not.Null);
        Assert.That((await Resolve(name, "alice@other.test", "user-3")).Refusal?.Code, Is.EqualTo("principal_taken"));
    }

    [Test]
    public async Task Many_sessions_of_one_user_are_one_call_and_a_changed_policy_is_another()
    {
        var name = await Create("aws_sts", Role, Region);
        var before = _aws.Calls;

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Resolve(name)));
        Assert.That(_aws.Calls - before, Is.EqualTo(1));

        await SetPolicy(name, "aws_sts", Role, Region, new { token_ttl_seconds = 1800 });
        await Resolve(name);
        Assert.That(_aws.Calls - before, Is.EqualTo(2));
    }

    [TestCase(AwsFault.Throttled, "rate_limited", 4)]
    [TestCase(AwsFault.KeysUnreachable, "upstream_unavailable", 4)]
    [TestCase(AwsFault.InternalHtml, "upstream_unavailable", 4)]
    [TestCase(AwsFault.CutXml, "upstream_invalid", 2)]
    [TestCase(AwsFault.NoCredentials, "upstream_invalid", 2)]
    [TestCase(AwsFault.LateExpiry, "upstream_invalid", 2)]
    [TestCase(AwsFault.Redirect, "upstream_unavailable", 1)]
    [TestCase(AwsFault.ForbiddenHtml, "upstream_unavailable", 1)]
    public async Task Each_refusal_has_a_code_and_a_bounded_number_of_attempts(AwsFault fault, string code, int attempts)
    {
        var name = await Create("aws_sts", Role, Region);
        var before = _aws.Calls;
        _aws.Fail(fault);

        var refused = (await Resolve(name)).Refusal;

        Assert.That(refused?.Code, Is.EqualTo(code), refused?.Message);
        Assert.That(_aws.Calls - before, Is.EqualTo(attempts), refused?.Message);
    }

    [Test]
    public async Task A_role_that_does_not_let_the_token_in_is_denied_and_only_that_falls_back()
    {
        var name = await Create(
            "aws_sts", "arn:aws:iam::123456789012:role/hoop-{user.email_local}", Region,
            new { fallback_policy = "readonly", readonly_principal = Role });

        var zoe = (await Resolve(name, "zoe@example.com", "user-9")).Environment!;
        Assert.That(zoe.Federated, Has.Property("FallbackApplied").True.And.Property("Principal").EqualTo(Role));

        _aws.Provider.TrustedIssuers.Clear();
        var refused = (await Resolve(name, "yan@example.com", "user-8")).Refusal!;
        Assert.That(refused.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(refused.Message, Does.Contain("compare issuer and audience"));
    }

    [TestCase("{user.email}", "must be the ARN of a role")]
    [TestCase("arn:aws:iam::{user.id}:role/x", "must be the ARN of a role")]
    [TestCase("arn:aws:iam::123456789012:role/{user.id}/x", "must be the ARN of a role")]
    [TestCase("arn:aws:iam::123456789012:user/{user.id}", "must be the ARN of a role")]
    public async Task A_template_that_names_no_role_is_refused_when_it_is_written(string template, string message) =>
        Assert.That((await SetPolicy(await CreateConnection(), "aws_sts", template, Region)).Message, Does.Contain(message));

    [TestCase("{}", null, "extra_config.region is required for aws_sts federation: a region such as eu-central-1")]
    [TestCase("{\"region\":\"http://evil\"}", null, "extra_config.region is required for aws_sts federation: a region such as eu-central-1")]
    [TestCase("{\"region\":\"eu-central-1\"}", 600, "token_ttl_seconds: AWS gives no session shorter than 900 seconds")]
    public async Task A_broken_rule_is_explained(string extra, int? seconds, string message)
    {
        var reply = await SetPolicy(
            await CreateConnection(), "aws_sts", Role, System.Text.Json.JsonElement.Parse(extra),
            new { token_ttl_seconds = seconds ?? 3600 });

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
    }

    [TestCase("a/../admin")]
    [TestCase("x y")]
    [TestCase("a:b")]
    public async Task What_comes_from_a_user_stays_in_the_name_of_the_role(string id)
    {
        var name = await Create("aws_sts", "arn:aws:iam::123456789012:role/hoop-{user.id}", Region);
        var before = _aws.Calls;

        Assert.That((await Resolve(name, id: id)).Refusal?.Code, Is.EqualTo("principal_invalid"));
        Assert.That(_aws.Calls, Is.EqualTo(before));
    }
}
