using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>The real program against a real gateway.</summary>
public sealed class GatewayTests
{
    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start(
            new() { ["HOOP_OIDC_ISSUER"] = "http://127.0.0.1:9/issuer", ["HOOP_OIDC_AUDIENCE"] = "hoop-gateway" });
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task An_agent_lives_from_create_to_delete()
    {
        var created = await _hoop.Run("admin", "create", "agent", "web-1");
        var listed = await _hoop.Run("admin", "get", "agents");
        var rotated = await _hoop.Run("admin", "rotate-key", "agent/web-1");
        var again = await _hoop.Run("admin", "create", "agent", "web-1");
        var deleted = await _hoop.Run("admin", "delete", "agent/web-1");
        var gone = await _hoop.Run("admin", "get", "agent/web-1");

        Assert.That(created.Code, Is.Zero, created.Error);
        Assert.That(created.Out, Does.Match(@"^http://web-1:xagt-[\w-]+@127\.0\.0\.1:[0-9]+\?mode=standard\n$"));
        Assert.That(created.Error, Does.Not.Contain("xagt-"));
        Assert.That(listed.Out, Does.Match(@"\n[0-9a-f-]{36}   web-1 +standard +- +- +- +OFFLINE +-\n"));
        Assert.That(rotated.Out, Does.Match(@"^http://web-1:xagt-[\w-]+@").And.Not.EqualTo(created.Out));
        Assert.That(
            again,
            Is.EqualTo(new Ran(1, "", "error: agent \"web-1\" exists already (409); give it a new key with: hoop admin rotate-key "
                + "agent/web-1\n")));
        Assert.That(deleted, Is.EqualTo(new Ran(0, "agent \"web-1\" deleted\n", "")));
        Assert.That(gone, Is.EqualTo(new Ran(1, "", "error: there is no agent \"web-1\"; see hoop admin get agents\n")));
    }

    [TestCase("create agent -- --admin", "name: use 3 to 254 letters")]
    [TestCase("create serviceaccount dash --name=-x", "name: must not begin with a dash")]
    [TestCase("create trust-domain --bundle-url https://a.example -- -a.example", "name: must not begin with a dash")]
    [Description("U2: the gateway's side of it")]
    public async Task No_name_begins_with_a_dash(string command, string message)
    {
        var ran = await _hoop.Run(["admin", .. command.Split(' ')]);

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith($"error: {message}").And.Contain("(422)"));
    }

    [Test]
    [Description("U9: the API's deletion is idempotent, the command's is not")]
    public async Task Deleting_a_misspelt_name_says_so()
    {
        var ran = await _hoop.Run("admin", "delete", "agent", "nope");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", "error: there is no agent \"nope\"; see hoop admin get agents\n")));
    }

    [TestCase("get")]
    [TestCase("delete")]
    [Description("U12")]
    public async Task A_mapping_that_is_not_named_by_an_id_says_so(string verb)
    {
        var ran = await _hoop.Run("admin", verb, "spiffe-mapping", "not-a-uuid");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith("error: \"not-a-uuid\" is not the id of a mapping, which looks like "));
    }

    [TestCase("ONLINE")]
    [TestCase("online")]
    [TestCase("Offline")]
    [TestCase("CONNECTED")]
    [TestCase("disconnected")]
    [Description("U10: the status as the table shows it")]
    public async Task Agents_are_filtered_by_status_in_any_spelling(string status)
    {
        Assert.That((await _hoop.Run("admin", "get", "agents", "-q", $"status={status}")).Code, Is.Zero);
    }

    [Test]
    public async Task A_feature_flag_is_switched()
    {
        var on = await _hoop.Run("admin", "ff", "enable", "experimental.iam_federation");
        var shown = await _hoop.Run("admin", "feature-flag", "get", "experimental.iam_federation");
        var off = await _hoop.Run("admin", "feature-flags", "disable", "experimental.iam_federation");
        var listed = await _hoop.Run("admin", "ff", "list");

        Assert.That(on, Is.EqualTo(new Ran(0, "feature flag 'experimental.iam_federation' enabled\n", "")));
        Assert.That(shown.Out, Does.Contain("Enabled:                true\n"));
        Assert.That(off, Is.EqualTo(new Ran(0, "feature flag 'experimental.iam_federation' disabled\n", "")));
        Assert.That(listed.Out, Does.Contain("experimental.iam_federation   false     false     experimental   "));
    }

    [Test]
    public async Task An_unknown_feature_flag_exits_1()
    {
        var set = await _hoop.Run("admin", "ff", "enable", "experimental.nothing");
        var shown = await _hoop.Run("admin", "ff", "get", "experimental.nothing");

        Assert.That(set, Is.EqualTo(new Ran(1, "", "error: unknown feature flag: experimental.nothing (400)\n")));
        Assert.That(shown.Code, Is.EqualTo(1));
    }

    [Test]
    public async Task The_caller_and_the_server_introduce_themselves()
    {
        var user = await _hoop.Run("admin", "get", "userinfo");
        var server = await _hoop.Run("admin", "serverinfo");
        var same = await _hoop.Run("admin", "get", "serverinfo");

        Assert.That(
            user.Out,
            Does.Contain("Kind:                   operator\n").And.Contain("Role:                   admin\n").And.Contain(
                "Organization:           default\n"));
        Assert.That(
            server.Out,
            Does.Match("^Version: +[0-9]+\\.[0-9]+\\.[0-9]+\n").And.Contain("Feature Flags:          experimental.iam_federation="));
        Assert.That((server.Code, same.Code), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_service_account_is_disabled_by_creating_it_again()
    {
        var created = await _hoop.Run("admin", "create", "serviceaccount", "tenant/ci@clients", "--name", "CI", "--groups", "ops");
        var disabled = await _hoop.Run("admin", "create", "serviceaccount", "tenant/ci@clients", "--disable");
        var shown = await _hoop.Run("admin", "get", "sa/tenant/ci@clients");
        var deleted = await _hoop.Run("admin", "delete", "sa", "tenant/ci@clients");

        Assert.That(created, Is.EqualTo(new Ran(0, "serviceaccount \"tenant/ci@clients\" created\n", "")));
        Assert.That(disabled, Is.EqualTo(new Ran(0, "serviceaccount \"tenant/ci@clients\" updated\n", "")));
        Assert.That(shown.Out, Is.EqualTo("SUBJECT             NAME   STATUS     GROUPS\ntenant/ci@clients   CI     inactive   ops\n"));
        Assert.That(deleted, Is.EqualTo(new Ran(0, "serviceaccount \"tenant/ci@clients\" deleted\n", "")));
    }

    [TestCase(@"CORP\build")]
    [TestCase("/")]
    [TestCase("//")]
    [TestCase("..")]
    [TestCase(".")]
    [TestCase("x/")]
    [TestCase("a/../b")]
    [TestCase("https://app.example/")]
    [TestCase("a?b#c%2F&issuer=d")]
    [TestCase("ü ci+1")]
    [Description("S7: a subject is whatever the identity provider says")]
    public async Task An_account_of_any_subject_lives_from_create_to_delete(string subject)
    {
        var created = await _hoop.Run("admin", "create", "sa", subject, "--name", "any", "--groups", "ops");
        var again = await _hoop.Run("admin", "create", "sa", subject);
        var disabled = await _hoop.Run("admin", "create", "sa", subject, "--disable");
        var shown = await _hoop.Run("admin", "get", "sa", subject, "-o", "json");
        var replaced = await _hoop.Run(
            "admin", "create", "sa", subject, "--groups", "devops", "--overwrite", "--issuer", "http://127.0.0.1:9/issuer");
        var table = await _hoop.Run("admin", "get", "sa", subject, "--issuer", "http://127.0.0.1:9/issuer");
        var other = await _hoop.Run("admin", "get", "sa", subject, "--issuer", "http://127.0.0.1:9/other");
        var deleted = await _hoop.Run("admin", "delete", "sa", subject);
        var gone = await _hoop.Run("admin", "delete", "sa", subject);

        var missing = new Ran(
            1, "", $"error: there is no serviceaccount \"{subject}\"; see hoop admin get serviceaccounts\n");
        Assert.That(created, Is.EqualTo(new Ran(0, $"serviceaccount \"{subject}\" created\n", "")));
        Assert.That((again.Code, again.Error), Is.EqualTo((1,
            $"error: serviceaccount \"{subject}\" exists already (409); replace it with --overwrite\n")));
        Assert.That(disabled, Is.EqualTo(new Ran(0, $"serviceaccount \"{subject}\" updated\n", "")));
        var account = JsonElement.Parse(shown.Out);
        Assert.That(
            (account.GetProperty("subject").GetString(), account.GetProperty("status").GetString(), account.GetProperty("name").GetString(),
                account.GetProperty("groups").GetRawText()),
            Is.EqualTo((subject, "inactive", "any", "[\"ops\"]")));
        Assert.That(replaced, Is.EqualTo(new Ran(0, $"serviceaccount \"{subject}\" updated\n", "")));
        Assert.That(table.Out, Does.Match(@"^SUBJECT +NAME +STATUS +GROUPS\n.+ any +active +devops\n$"));
        Assert.That(other, Is.EqualTo(missing));
        Assert.That(deleted, Is.EqualTo(new Ran(0, $"serviceaccount \"{subject}\" deleted\n", "")));
        Assert.That(gone, Is.EqualTo(missing));
    }

    [Test]
    public async Task A_wrong_token_is_told()
    {
        using var stranger = new HoopProcess(_gateway.Address, "wrong");

        var ran = await stranger.Run("admin", "get", "agents");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.Contain("(401); this is the token of HOOP_TOKEN. Run: hoop config create"));
    }
}
