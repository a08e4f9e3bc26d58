using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Service accounts, SPIFFE mappings, trust domains and connections: requests and outputs.</summary>
public sealed class AdminTests
{
    private const string AgentId = "75122bce-dd49-4fd0-9a5a-6d8a35a2a8e5";
    private const string MappingId = "018f0000-0000-7000-8000-000000000001";

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _gateway.On("GET /api/agents/web", 200, $$"""{"id":"{{AgentId}}","name":"web"}""");
        _hoop = new HoopProcess(_gateway.Address);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task A_service_account_is_created()
    {
        _gateway.On("POST /api/serviceaccounts", 201, "{}");

        var ran = await _hoop.Run("admin", "create", "sa", "ci|1", "--name", "ci", "--groups", "devops,ops", "--groups", "more");

        Assert.That(ran, Is.EqualTo(new Ran(0, "serviceaccount \"ci|1\" created\n", "")));
        Assert.That(Body(), SameJson.As("""{"subject":"ci|1","name":"ci","groups":["devops","ops","more"],"status":"active"}"""));
    }

    [Test]
    public async Task A_service_account_is_overwritten_on_request()
    {
        _gateway.On("PUT /api/serviceaccounts?subject=tenant%2Fci", 200, "{}");

        var ran = await _hoop.Run("admin", "create", "serviceaccount", "tenant/ci", "--overwrite");

        Assert.That(ran, Is.EqualTo(new Ran(0, "serviceaccount \"tenant/ci\" updated\n", "")));
        Assert.That(Body(), SameJson.As("""{"subject":"tenant/ci","name":"","groups":[],"status":"active"}"""));
    }

    [Test]
    public async Task Disabling_an_existing_service_account_keeps_its_name_and_groups()
    {
        _gateway.On("GET /api/serviceaccounts?subject=ci", 200, """[{"subject":"ci","name":"CI","groups":["ops"],"status":"active"}]""");
        _gateway.On("PUT /api/serviceaccounts?subject=ci", 200, "{}");

        var ran = await _hoop.Run("admin", "create", "serviceaccount", "ci", "--disable");

        Assert.That(ran, Is.EqualTo(new Ran(0, "serviceaccount \"ci\" updated\n", "")));
        Assert.That(Body(), SameJson.As("""{"subject":"ci","name":"CI","groups":["ops"],"status":"inactive"}"""));
    }

    [TestCase("get sa ci")]
    [TestCase("delete sa ci")]
    [TestCase("create sa ci --disable")]
    [TestCase("create sa ci --overwrite")]
    public async Task A_subject_of_two_issuers_asks_which(string command)
    {
        _gateway.On(
            "GET /api/serviceaccounts?subject=ci", 200,
            """[{"subject":"ci","issuer":"https://a.example"},{"subject":"ci","issuer":"https://a.example/"}]""");
        _gateway.On("PUT /api/serviceaccounts?subject=ci", 409, """{"message":"no","code":"ambiguous_subject"}""");

        var ran = await _hoop.Run(["admin", .. command.Split(' ')]);

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", "error: serviceaccounts of several issuers have the subject \"ci\": say which with --issuer, one of "
                + "https://a.example, https://a.example/\n")));
    }

    [TestCase("get sa ci --issuer https://a.example/", "GET")]
    [TestCase("delete sa ci --issuer https://a.example/", "DELETE")]
    [TestCase("create sa ci --disable --issuer https://a.example/", "PUT")]
    [TestCase("create sa ci --overwrite --issuer https://a.example/", "PUT")]
    public async Task The_issuer_says_which(string command, string method)
    {
        const string Address = "/api/serviceaccounts?subject=ci&issuer=https%3A%2F%2Fa.example%2F";
        _gateway.On($"GET {Address}", 200, """[{"subject":"ci","issuer":"https://a.example/"}]""");
        _gateway.On($"PUT {Address}", 200, "{}").On($"DELETE {Address}", 204);

        var ran = await _hoop.Run(["admin", .. command.Split(' ')]);

        Assert.That((ran.Code, ran.Error), Is.EqualTo((0, "")));
        Assert.That(_gateway.Requests[^1].Line, Is.EqualTo($"{method} {Address}"));
    }

    [Test]
    public async Task An_issuer_without_a_subject_is_no_filter()
    {
        Assert.That(
            await _hoop.Run("admin", "get", "sa", "--issuer", "https://a.example"),
            Is.EqualTo(new Ran(1, "", "error: --issuer belongs to a subject; a list is filtered with -q issuer=ISSUER\n")));
    }

    [Test]
    public async Task An_existing_service_account_is_not_replaced_by_accident()
    {
        _gateway.On("POST /api/serviceaccounts", 409, """{"message":"resource already exists"}""");

        var ran = await _hoop.Run("admin", "create", "serviceaccount", "ci");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", "error: serviceaccount \"ci\" exists already (409); replace it with --overwrite\n")));
        Assert.That(_gateway.Requests, Has.Count.EqualTo(1));
    }

    [TestCase("serviceaccounts")]
    [TestCase("sa")]
    public async Task Service_accounts_are_listed_in_columns(string spelling)
    {
        _gateway.On(
            "GET /api/serviceaccounts",
            200,
            """[{"subject":"my-client-id","name":"","status":"active","groups":["devops","ops"]},{"subject":"\u001b[31mx","name":"ü","status":"inactive","groups":[]}]""");

        var ran = await _hoop.Run("admin", "get", spelling);

        Assert.That(ran, Is.EqualTo(new Ran(0,
            "SUBJECT        NAME   STATUS     GROUPS\n"
            + "my-client-id   -      active     devops, ops\n"
            + "\\u001b[31mx    ü      inactive   -\n", "")));
    }

    [Test]
    public async Task An_empty_list_says_so_and_null_is_an_empty_list()
    {
        _gateway.On("GET /api/serviceaccounts", 200, "null");

        Assert.That(await _hoop.Run("admin", "get", "sa"), Is.EqualTo(new Ran(0, "", "No resources found\n")));
    }

    [Test]
    public async Task A_mapping_is_created_and_its_warnings_are_told()
    {
        _gateway.On("POST /api/spiffe-mappings", 201, """{"id":"x","warnings":["the prefix has no final slash"]}""");

        var ran = await _hoop.Run(
            "admin",
            "create",
            "spiffe-mapping",
            "--trust-domain",
            "a.example",
            "--spiffe-prefix",
            "spiffe://a.example/ag",
            "--agent-template",
            "{{.WorkloadIdentifier}}",
            "--groups",
            "agents");

        Assert.That(
            ran, Is.EqualTo(new Ran(0, "spiffe mapping created\nID:                     x\n", "warning: the prefix has no final slash\n")));
        Assert.That(
            Body(),
            SameJson.As("""{"trust_domain":"a.example","groups":["agents"],"spiffe_prefix":"spiffe://a.example/ag","agent_template":"{{.WorkloadIdentifier}}"}"""));
    }

    [Test]
    public async Task Overwriting_finds_the_mapping_of_the_same_identity()
    {
        _gateway.On("GET /api/spiffe-mappings?trust_domain=a.example&spiffe_id=spiffe%3A%2F%2Fa.example%2Fw", 200,
            $$"""[{"id":"other","trust_domain":"a.example","spiffe_prefix":"spiffe://a.example/w"},{"id":"{{MappingId}}","trust_domain":"a.example","spiffe_id":"spiffe://a.example/w"}]""");
        _gateway.On($"PUT /api/spiffe-mappings/{MappingId}", 200, "{}");

        var ran = await _hoop.Run(
            "admin",
            "create",
            "spiffe-mapping",
            "--trust-domain",
            "a.example",
            "--spiffe-id",
            "spiffe://a.example/w",
            "--agent-id",
            "web",
            "--overwrite");

        Assert.That(ran, Is.EqualTo(new Ran(0, $"spiffe mapping updated\nID:                     {MappingId}\n", "")));
        Assert.That(
            Body(),
            SameJson.As($$"""{"trust_domain":"a.example","groups":[],"spiffe_id":"spiffe://a.example/w","agent_id":"{{AgentId}}"}"""));
    }

    [TestCase("--spiffe-id spiffe://a.example/w --agent-id web", "--trust-domain is required")]
    [TestCase("--trust-domain a.example --agent-id web", "exactly one of --spiffe-id and --spiffe-prefix must be set")]
    [TestCase(
        "--trust-domain a.example --spiffe-id spiffe://a.example/w --spiffe-prefix spiffe://a.example/ --agent-id web",
        "exactly one of --spiffe-id and --spiffe-prefix must be set")]
    [TestCase("--trust-domain a.example --spiffe-id spiffe://a.example/w", "exactly one of --agent-id and --agent-template must be set")]
    public async Task A_mapping_that_makes_no_sense_is_refused_here(string options, string message)
    {
        var ran = await _hoop.Run(["admin", "create", "spiffe-mapping", .. options.Split(' ')]);

        Assert.That(ran, Is.EqualTo(new Ran(1, "", $"error: {message}\n")));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task Mappings_show_a_prefix_with_a_star()
    {
        _gateway.On("GET /api/spiffe-mappings", 200,
            $$$"""[{"id":"1","trust_domain":"a.example","spiffe_prefix":"spiffe://a.example/","agent_template":"{{.WorkloadIdentifier}}","groups":["g"]},{"id":"2","trust_domain":"a.example","spiffe_id":"spiffe://a.example/w","agent_id":"{{{AgentId}}}","groups":[]}]""");

        var ran = await _hoop.Run("admin", "get", "spiffe-mappings");

        Assert.That(ran, Is.EqualTo(new Ran(0,
            "ID    TRUST_DOMAIN   MATCH                  RESOLVES_TO                            GROUPS\n"
            + "1     a.example      spiffe://a.example/*   {{.WorkloadIdentifier}}                g\n"
            + $"2     a.example      spiffe://a.example/w   {AgentId}   -\n", "")));
    }

    [TestCase("spiffe-mapping/" + MappingId)]
    [TestCase("spiffe-mapping " + MappingId)]
    [TestCase("spiffe-mappings/" + MappingId)]
    public async Task A_mapping_is_deleted_by_type_and_name_in_either_spelling(string spelling)
    {
        _gateway.On($"GET /api/spiffe-mappings/{MappingId}", 200, "{}").On($"DELETE /api/spiffe-mappings/{MappingId}", 204);

        var ran = await _hoop.Run(["admin", "delete", .. spelling.Split(' ')]);

        Assert.That(ran, Is.EqualTo(new Ran(0, $"spiffe-mapping \"{MappingId}\" deleted\n", "")));
    }

    [TestCase("""{"spiffe_id":"spiffe://a.example/w","trust_domain":"a.example","mapping":{"id":"m","spiffe_prefix":"spiffe://a.example/"},"workload_identifier":"w","agent_name":"w","agent_id":"x","groups":["g"],"candidates":["m","n"],"refused":null}""", 0, "Refused:                no\n")]
    [TestCase("""{"spiffe_id":"","trust_domain":"","mapping":null,"workload_identifier":"","agent_name":"","agent_id":null,"groups":[],"candidates":[],"refused":{"code":"expired","reason":"the token is expired"}}""", 1, "Refused:                the token is expired (expired)\n")]
    [TestCase("""{"spiffe_id":"spiffe://a.example/w","trust_domain":"a.example","mapping":null,"agent_id":null,"groups":[],"candidates":[],"refused":null}""", 1, "Refused:                no\n")]
    public async Task Resolving_an_identity_exits_0_only_when_it_is_an_agent(string answer, int code, string lastLine)
    {
        _gateway.On("POST /api/spiffe-mappings/resolve", 200, answer);

        var ran = await _hoop.Run("admin", "spiffe", "resolve", "spiffe://a.example/w");

        Assert.That(ran.Code, Is.EqualTo(code));
        Assert.That(ran.Out, Does.EndWith(lastLine));
        Assert.That(Body(), SameJson.As("""{"spiffe_id":"spiffe://a.example/w"}"""));
    }

    [Test]
    public async Task A_token_to_resolve_comes_from_a_file()
    {
        _gateway.On("POST /api/spiffe-mappings/resolve", 200, """{"refused":{"code":"expired","reason":"r"}}""");

        var ran = await _hoop.Run("admin", "spiffe", "resolve", "--token-file", _hoop.File("svid", "a.b.c\n"), "-o", "json");

        Assert.That(ran, Is.EqualTo(new Ran(1, """{"refused":{"code":"expired","reason":"r"}}""" + "\n", "")));
        Assert.That(Body(), SameJson.As("""{"token":"a.b.c"}"""));
    }

    [Test]
    public async Task A_connection_takes_secrets_from_files_variables_and_options()
    {
        _gateway.On("POST /api/connections", 201, "{}");
        _hoop.With("PGPASSWORD", "p");
        _hoop.File("key.json", "{}");

        var ran = await _hoop.Run("admin", "create", "connection/my-bq", "-a", "web", "-t", "custom/bigquery",
            "-e", "PROJECT=my-proj", "-e", "PGPASSWORD", "-e", "filesystem:KEY=file://key.json", "-e", "B=base64://e30=", "--", "bq",
                "query", "--flag");

        Assert.That(ran, Is.EqualTo(new Ran(0, "connection \"my-bq\" created\n", "")));
        Assert.That(Body(), SameJson.As(
            $$$"""{"name":"my-bq","type":"custom","subtype":"bigquery","command":["bq","query","--flag"],"agent_id":"{{{AgentId}}}","secret":{"envvar:PROJECT":"bXktcHJvag==","envvar:PGPASSWORD":"cA==","filesystem:KEY":"e30=","envvar:B":"e30="}}"""));
    }

    [TestCase(200, "updated")]
    [TestCase(404, "created")]
    public async Task Overwriting_a_connection_creates_it_when_it_is_absent(int status, string done)
    {
        _gateway.On("PUT /api/connections/my-bq", status, "{}").On("POST /api/connections", 201, "{}");

        var ran = await _hoop.Run("admin", "create", "connection", "my-bq", "-a", AgentId, "--overwrite", "--", "bq");

        Assert.That(ran, Is.EqualTo(new Ran(0, $"connection \"my-bq\" {done}\n", "")));
        Assert.That(Body(), Does.Not.Contain("secret"));
    }

    [TestCase("SECRET", "-e SECRET: there is no variable SECRET in the environment; write SECRET=VALUE or SECRET=file://PATH")]
    [TestCase("SECRET=base64://canary!", "-e SECRET: not valid base64")]
    [TestCase("=canary", "-e: write KEY=VALUE")]
    public async Task A_secret_that_makes_no_sense_is_refused_without_its_value(string option, string message)
    {
        var ran = await _hoop.Run("admin", "create", "connection", "my-bq", "-a", AgentId, "-e", option, "--", "bq");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", $"error: {message}\n")));
    }

    [Test]
    public async Task Connections_show_names_of_secrets_and_no_values()
    {
        _gateway.On(
            "GET /api/connections/my-bq?secrets=names",
            200,
            $$$"""{"name":"my-bq","type":"custom","subtype":"bigquery","command":["bq","query"],"agent_id":"{{{AgentId}}}","status":"online","secret":{"envvar:A":null}}""");
        _gateway.On("GET /api/agents", 200, $$"""[{"id":"{{AgentId}}","name":"web"}]""");

        var ran = await _hoop.Run("admin", "get", "connection/my-bq");

        Assert.That(ran, Is.EqualTo(new Ran(0,
            "NAME    COMMAND    TYPE              AGENT   STATUS   SECRETS\n"
            + "my-bq   bq query   custom/bigquery   web     online   envvar:A\n", "")));
    }

    [Test]
    public async Task A_trust_domain_is_created_with_its_bundle_inline()
    {
        _gateway.On("POST /api/trust-domains", 201, "{}");

        var ran = await _hoop.RunWithInput(
            "{\"keys\":[]}", "admin", "create", "trust-domain", "a.example", "--bundle-jwks", "-", "--refresh-seconds", "60");

        Assert.That(ran, Is.EqualTo(new Ran(0, "trust-domain \"a.example\" created\n", "")));
        Assert.That(Body(), SameJson.As("""{"name":"a.example","bundle_jwks":{"keys":[]},"refresh_seconds":60}"""));
    }

    [Test]
    public async Task An_issuer_is_created_with_what_was_said_and_replaced_when_asked()
    {
        const string Row = """{"id":"6f1c2d3e-0000-4000-8000-000000000001","issuer":"https://a.example","preset":"github"}""";
        _gateway.On("POST /api/issuers", 201, Row).On("GET /api/issuers", 200, $"[{Row}]")
            .On("PUT /api/issuers/6f1c2d3e-0000-4000-8000-000000000001", 200, Row);

        var created = await _hoop.RunWithInput(
            "{\"keys\":[]}", "admin", "create", "issuer", "https://a.example", "--audience", "x", "--jwks", "-", "--leeway", "5",
            "--subject-claim", "client_id", "--require", "a=1", "--require", "a=2", "--require", "b", "--algorithm", "ES256");

        Assert.That(created, Is.EqualTo(new Ran(0, "issuer \"https://a.example\" created\n", "")));
        Assert.That(Body(), SameJson.As(
            """{"audiences":["x"],"issuer":"https://a.example","jwks":{"keys":[]},"algorithms":["ES256"],"leeway_seconds":5,"claims":"""
            + """{"subject":"client_id"},"required_claims":{"a":["1","2"],"b":[]}}"""));

        var replaced = await _hoop.Run("admin", "create", "issuer", "--preset", "github", "--audience", "y", "--overwrite");
        Assert.That(replaced, Is.EqualTo(new Ran(0, "issuer \"https://a.example\" updated\n", "")));
        Assert.That(Body(), SameJson.As("""{"audiences":["y"],"preset":"github","issuer":"https://a.example"}"""));
    }

    [Test]
    public async Task A_tested_token_is_told_step_by_step_and_the_exit_code_says_whether_it_is_good()
    {
        _gateway.On("POST /api/issuers/test", 200, """
            {"accepted":false,"steps":[{"step":"issuer","accepted":true,"detail":"https://a.example"},{"step":"audience","accepted":false,"detail":"aud is \"x\""}]}
            """);

        var ran = await _hoop.RunWithInput("a.b.c\n", "admin", "issuer", "test", "--token-file", "-");

        Assert.That(ran, Is.EqualTo(new Ran(
            1, "ok  issuer           https://a.example\nNO  audience         aud is \"x\"\nThe token is refused\n", "")));
        Assert.That(Body(), SameJson.As("""{"token":"a.b.c"}"""));
    }

    [Test]
    public async Task An_agent_that_is_named_is_kept_and_the_way_out_is_told()
    {
        _gateway.On("GET /api/agents/web", 200, "{}").On("DELETE /api/agents/web", 409, """
            {"message":"in use","code":"agent_in_use","used_by":[{"type":"spiffe_mapping","id":"1","name":"spiffe://a.example/x"},{"type":"connection","id":"2","name":"my-bq"}]}
            """);

        Assert.That(await _hoop.Run("admin", "delete", "agent", "web"), Is.EqualTo(new Ran(1, "",
            "error: agent \"web\" is still named by spiffe-mapping \"spiffe://a.example/x\", connection \"my-bq\". Delete them with it: hoop admin delete agent web --cascade\n")));
    }

    [Test]
    public async Task A_cascade_tells_what_went()
    {
        _gateway.On("GET /api/agents/web", 200, "{}").On("DELETE /api/agents/web?cascade=true", 200, """
            {"id":"75122bce-dd49-4fd0-9a5a-6d8a35a2a8e5","name":"web","deleted_with_it":[{"type":"connection","id":"2","name":"my-bq"}]}
            """);

        Assert.That(
            await _hoop.Run("admin", "delete", "agent", "web", "--cascade"),
            Is.EqualTo(new Ran(0, "agent \"web\" deleted\nconnection \"my-bq\" deleted\n", "")));
    }

    [Test]
    public async Task An_organization_that_holds_something_is_kept_and_the_way_out_is_told()
    {
        _gateway.On("GET /api/orgs", 200, $$"""[{"id":"{{AgentId}}","name":"acme","created_at":"2030-01-31T12:00:00Z"}]""")
            .On($"DELETE /api/orgs/{AgentId}", 409, """
            {"message":"not empty","code":"organization_not_empty","holds":{"agent":2,"spiffe_mapping":1}}
            """);

        Assert.That(await _hoop.Run("admin", "delete", "org", "acme"), Is.EqualTo(new Ran(1, "",
            "error: org \"acme\" still holds 2 agents, 1 spiffe mapping. Delete them with it: hoop admin delete org acme --cascade\n")));
        Assert.That(await _hoop.Run("admin", "delete", "org", "acmee"), Is.EqualTo(new Ran(1, "",
            "error: there is no org \"acmee\"; see hoop admin get orgs\n")));
    }

    [Test]
    public async Task An_organizations_cascade_tells_what_went()
    {
        _gateway.On($"DELETE /api/orgs/{AgentId}?cascade=true", 200, $$"""
            {"id":"{{AgentId}}","name":"acme","deleted_with_it":{"agent":2,"api_token":1} }
            """);

        Assert.That(
            await _hoop.Run("admin", "delete", "org", AgentId, "--cascade"),
            Is.EqualTo(new Ran(0, $"org \"{AgentId}\" deleted\n2 agents deleted\n1 api token deleted\n", "")));
    }

    [Test]
    public async Task An_organization_is_created_and_standard_output_is_its_admin_token_alone()
    {
        _gateway.On("POST /api/orgs", 201, $$"""{"id":"{{AgentId}}","name":"acme","admin_token":"hpk_abc"}""");

        var ran = await _hoop.Run("admin", "create", "org", "acme");

        Assert.That(ran, Is.EqualTo(new Ran(0, "hpk_abc\n", "note: org \"acme\" created; the token of its admin is shown this once\n")));
        Assert.That(Body(), SameJson.As("""{"name":"acme"}"""));
    }

    [Test]
    public async Task Organizations_are_listed()
    {
        _gateway.On("GET /api/orgs", 200, $$"""[{"id":"{{AgentId}}","name":"acme","created_at":"2030-01-31T12:00:00Z"}]""");

        Assert.That((await _hoop.Run("admin", "get", "orgs")).Out, Does.Contain("NAME").And.Contain("acme"));
    }

    [Test]
    public async Task A_trust_domain_is_deleted_by_name()
    {
        _gateway.On(
            "GET /api/trust-domains",
            200,
            $$"""[{"id":"{{MappingId}}","name":"a.example"}]""").On($"DELETE /api/trust-domains/{MappingId}", 204);

        Assert.That(
            await _hoop.Run("admin", "delete", "trust-domain/a.example"),
            Is.EqualTo(new Ran(0, "trust-domain \"a.example\" deleted\n", "")));
        Assert.That(
            (await _hoop.Run("admin", "delete", "trust-domain/b.example")).Error,
            Is.EqualTo("error: there is no trust-domain \"b.example\"; see hoop admin get trust-domains\n"));
    }

    private string Body() => _gateway.Requests[^1].Body.GetRawText();
}
