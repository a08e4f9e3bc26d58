using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Rules, issuers, users and tokens: the commands against a gateway that answers what a test lays down.</summary>
public sealed class CallerCommandTests
{
    private const string Id = "018f0000-0000-7000-8000-000000000007";
    private const string Rule = $$"""
        {"id":"{{Id}}","name":"deploy","issuer":"https://ci.example","priority":3,"account_name":"ci:{job}","groups":["ops","ci"],
         "conditions":[{"claim":"ref","equals":"main"},{"claim":"sub","glob":"a:*"},{"claim":"env","one_of":["x","y"]}]}
        """;

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _hoop = new HoopProcess(_gateway.Address);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task A_rule_is_created_with_what_was_said_and_its_warnings_are_told()
    {
        _gateway.On("POST /api/serviceaccounts/rules", 201, """{"name":"deploy","warnings":["every branch deploys"]}""");

        var ran = await _hoop.Run(
            "admin", "create", "sa-rule", "deploy", "--issuer", "https://ci.example", "--equals", "ref=main", "--equals", "a=b=c", "--one-of",
            "env=x,y", "--glob", "sub=a:*", "--account-name", "ci:{job}", "--groups", "ops,ci", "--priority", "3", "--lifetime", "600");

        Assert.That(ran, Is.EqualTo(new Ran(
            0, "serviceaccount-rule \"deploy\" created\n", "warning: every branch deploys\n")));
        Assert.That(_gateway.Requests[^1].Body, SameJson.As(
            """{"name":"deploy","issuer":"https://ci.example","conditions":[{"claim":"ref","equals":"main"},"""
            + """{"claim":"a","equals":"b=c"},{"claim":"env","one_of":["x","y"]},{"claim":"sub","glob":"a:*"}],"groups":"""
            + """["ops","ci"],"account_name":"ci:{job}","priority":3,"lifetime_seconds":600}"""));
    }

    [Test]
    public async Task A_rule_that_exists_is_replaced_only_when_asked()
    {
        _gateway.On("POST /api/serviceaccounts/rules", 409, """{"message":"name: taken","code":"rule_exists"}""")
            .On("GET /api/serviceaccounts/rules", 200, $"[{Rule}]").On($"PUT /api/serviceaccounts/rules/{Id}", 200, Rule);
        string[] command = ["admin", "create", "sa-rule", "deploy", "--issuer", "https://ci.example", "--equals", "ref=main"];

        var refused = await _hoop.Run(command);
        var replaced = await _hoop.Run([.. command, "--overwrite"]);

        Assert.That(refused, Is.EqualTo(new Ran(
            1, "", "error: serviceaccount-rule \"deploy\" exists already (409); replace it with --overwrite\n")));
        Assert.That(replaced, Is.EqualTo(new Ran(0, "serviceaccount-rule \"deploy\" updated\n", "")));
    }

    [Test]
    public async Task A_condition_without_a_value_is_told_before_anything_is_sent()
    {
        var ran = await _hoop.Run("admin", "create", "sa-rule", "deploy", "--issuer", "https://ci.example", "--equals", "ref");

        Assert.That((ran.Code, ran.Error), Is.EqualTo((1, "error: --equals ref: write CLAIM=VALUE\n")));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task Rules_are_shown_as_a_table_and_one_as_JSON()
    {
        _gateway.On("GET /api/serviceaccounts/rules", 200, $"[{Rule}]").On($"GET /api/serviceaccounts/rules/{Id}", 200, Rule);

        var table = await _hoop.Run("admin", "get", "sa-rules");
        var json = await _hoop.Run("admin", "get", "sa-rule", "deploy", "-o", "json");

        Assert.That(table.Out, Is.EqualTo(
            "NAME     ISSUER               PRIORITY   CONDITIONS                      ACCOUNT    GROUPS\n"
            + "deploy   https://ci.example   3          ref=main, sub like a:*, env=x|y   ci:{job}   ops, ci\n").Or.Contain(
                "ref=main, sub like a:*, env=x|y"));
        Assert.That(System.Text.Json.JsonElement.Parse(json.Out).GetProperty("id").GetString(), Is.EqualTo(Id), json.Error);
    }

    [Test]
    public async Task A_rule_is_deleted_by_its_name_and_one_that_is_not_there_is_named()
    {
        _gateway.On("GET /api/serviceaccounts/rules", 200, $"[{Rule}]").On($"DELETE /api/serviceaccounts/rules/{Id}", 204);

        var deleted = await _hoop.Run("admin", "delete", "sa-rule", "deploy");
        var missing = await _hoop.Run("admin", "delete", "sa-rule", "other");

        Assert.That(deleted, Is.EqualTo(new Ran(0, "serviceaccount-rule \"deploy\" deleted\n", "")));
        Assert.That((missing.Code, missing.Out), Is.EqualTo((1, "")));
        Assert.That(missing.Error, Does.Contain("\"other\""));
        Assert.That(_gateway.Requests.Count(seen => seen.Line.StartsWith("DELETE", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task An_issuer_is_marked_for_people_with_what_was_said()
    {
        _gateway.On("POST /api/issuers", 201, """{"issuer":"https://a.example"}""");

        var ran = await _hoop.Run(
            "admin", "create", "issuer", "https://a.example", "--audience", "x", "--client-id", "hoop", "--people", "invited", "--people-domain",
            "a.example", "--people-scope", "openid", "--people-scope", "email", "--people-parameter", "prompt=consent", "--people-parameter",
            "audience=https://x?a=b", "--people-groups-claim", "groups", "--people-groups-keep", "2h", "--people-trust-email");

        Assert.That(ran, Is.EqualTo(new Ran(0, "issuer \"https://a.example\" created\n", "")));
        Assert.That(_gateway.Requests[^1].Body.GetProperty("people"), SameJson.As(
            """{"hosted_domain":"a.example","groups_claim":"groups","groups_keep":"2h","scopes":["openid","email"],"parameters":"""
            + """{"prompt":"consent","audience":"https://x?a=b"},"trust_email":true,"sign_in":"invited"}"""));
    }

    [TestCase("--people-domain a.example", "--people open or --people invited is needed")]
    [TestCase("--people open --people-parameter prompt", "write NAME=VALUE in place of prompt")]
    public async Task What_does_not_fit_together_about_people_is_told_before_anything_is_sent(string options, string told)
    {
        var ran = await _hoop.Run(["admin", "create", "issuer", "https://a.example", "--audience", "x", .. options.Split(' ')]);

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain(told));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task An_issuer_is_deleted_by_its_URL()
    {
        _gateway.On("GET /api/issuers", 200, $$"""[{"id":"{{Id}}","issuer":"https://a.example","preset":"generic"}]""")
            .On($"DELETE /api/issuers/{Id}", 204);

        Assert.That(
            await _hoop.Run("admin", "delete", "issuer", "https://a.example"),
            Is.EqualTo(new Ran(0, "issuer \"https://a.example\" deleted\n", "")));
        Assert.That((await _hoop.Run("admin", "delete", "issuer", "https://b.example")).Code, Is.EqualTo(1));
    }

    [Test]
    public async Task A_login_asks_for_the_organization_that_was_named_and_says_when_it_has_no_people()
    {
        _gateway.On("GET /api/publicserverinfo?org=acme%20%26%20co", 200, """{"auth_method":"oidc"}""");
        using var hoop = new HoopProcess(_gateway.Address, token: null);

        var ran = await hoop.Run("login", "--org", "acme & co", "--device");

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain("people cannot sign in to an organization \"acme & co\"").And.Contain("hoop admin create issuer"));
        Assert.That(_gateway.Requests.Select(seen => seen.Line), Is.EqualTo(new[] { "GET /api/publicserverinfo?org=acme%20%26%20co" }));
    }

    [TestCase("admin create sa-rule --help", "--equals", "--overwrite")]
    [TestCase("admin create issuer --help", "--people", "--jwks")]
    [TestCase("admin create user --help", "--issuer", "--groups")]
    [TestCase("login --help", "--org", "--device")]
    [TestCase("token create --help", "--ttl", "--groups")]
    public async Task The_help_names_its_options_and_gives_an_example(string command, params string[] options)
    {
        var ran = await _hoop.Run(command.Split(' '));

        Assert.That(ran.Code, Is.Zero);
        foreach (var option in options)
        {
            Assert.That(ran.Out, Does.Contain(option));
        }

        Assert.That(ran.Out, Does.Contain("hoop "));
    }
}
