using System.Net;
using System.Text;
using System.Text.Json;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.UserTokens;

/// <summary>The gateway's token endpoint: what Google's client libraries bring to it, and what nobody gets from it.</summary>
[Description("F13: the executable source carries a subject token, whose token_url is the gateway's")]
public sealed class ExchangeTokenTests : FederationFixture
{
    private const string Path = "/api/federation/token";
    private const string PublicUrl = "https://hoop.example.com";
    private int _numbers;

    [Test]
    public async Task A_subject_token_is_exchanged_for_the_callers_own_token_of_Google()
    {
        var (name, caller, _, account) = await Federated();
        var subject = await SubjectOf(caller, name);

        var reply = await Exchange(Form(subject));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Google.Owner(reply.Text("access_token")!), Is.EqualTo(account));
            Assert.That(reply.Text("issued_token_type"), Is.EqualTo("urn:ietf:params:oauth:token-type:access_token"));
            Assert.That(reply.Text("token_type"), Is.EqualTo("Bearer"));
            Assert.That(reply["expires_in"].GetInt64(), Is.InRange(3000, 3600));
            Assert.That(reply.Text("scope"), Is.EqualTo("https://www.googleapis.com/auth/cloud-platform"));
            Assert.That(reply.Response.Headers.CacheControl!.NoStore, Is.True);
            Assert.That(subject.Text("token_url"), Is.EqualTo($"{PublicUrl}{Path}"));
            Assert.That(
                DateTimeOffset.Parse(subject.Text("expires_at")!, System.Globalization.CultureInfo.InvariantCulture),
                Is.LessThanOrEqualTo(TimeProvider.System.GetUtcNow().AddMinutes(5)));
        }
    }

    [Test]
    public async Task It_leaves_the_rows_of_its_caller_and_no_token_in_them()
    {
        var (name, caller, _, account) = await Federated();
        var subject = await SubjectOf(caller, name);
        var given = await Exchange(Form(subject));

        var connection = (await Gateway.Operator.Get($"/api/connections/{name}")).Text("id");
        var signed = (await Gateway.AuditOf("federation_subject_token")).Where(
            row => row.ResourceId == name || row.Fields.Contains($"\"{name}\"", StringComparison.Ordinal)).ToArray();
        var issued = (await Gateway.AuditOf("federation_token")).Where(
            row => row.ResourceId == connection || row.Fields.Contains(account, StringComparison.Ordinal)).ToArray();

        Assert.That(signed.Select(row => row.Outcome), Is.EqualTo(new[] { "begun", "success" }));
        Assert.That(issued.Select(row => row.Outcome), Is.EqualTo(new[] { "begun", "success" }));
        Assert.That(issued[1].Fields, Does.Contain(account));
        Assert.That(signed.Concat(issued).Select(row => row.ActorKind).Distinct(), Is.EqualTo(new[] { "api_token" }));
        Assert.That(signed.Concat(issued).Select(row => row.ActorSubject).Distinct().Count(), Is.EqualTo(1), "the caller, each time");
        var told = string.Join('\n', signed.Concat(issued).Select(row => row.Fields).Concat(Gateway.Logs.Lines));
        Assert.That(told, Does.Not.Contain(given.Text("access_token")!).And.Not.Contain(subject.Text("subject_token")!.Split('.')[2]));
    }

    protected override Task Prepare(Dictionary<string, string?> settings)
    {
        settings["HOOP_PUBLIC_URL"] = PublicUrl;
        return Task.CompletedTask;
    }

    private static IEnumerable<TestCaseData> WrongForms()
    {
        yield return Wrong("grant_type", null, "invalid_request");
        yield return Wrong("grant_type", "client_credentials", "unsupported_grant_type");
        yield return Wrong("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request");
        yield return Wrong("subject_token_type", "urn:ietf:params:oauth:token-type:access_token", "invalid_request");
        yield return Wrong("subject_token_type", null, "invalid_request");
        yield return Wrong("subject_token", null, "invalid_request");
        yield return Wrong("subject_token", "a.b.c", "invalid_request");
        yield return Wrong("subject_token", TestGateway.AdminToken, "invalid_request");
        yield return Wrong("subject_token", new string('a', 17_000), "invalid_request");
        yield return Wrong("actor_token", "a.b.c", "invalid_request");
        yield return Wrong("resource", "https://other.example.com", "invalid_target");
        yield return Wrong("audience", null, "invalid_target");
        yield return Wrong("audience", "https://sts.googleapis.com", "invalid_target");
        yield return Wrong("audience", "urn:hoop:connection:x:y", "invalid_target");
        yield return Wrong(
            "audience", "urn:hoop:connection:00000000-0000-0000-0000-000000000001:00000000-0000-0000-0000-000000000002", "invalid_request");

        static TestCaseData Wrong(string field, string? value, string error) =>
            new TestCaseData(field, value, error).SetArgDisplayNames(field, value?.Length > 60 ? "long" : value ?? "absent", error);
    }

    [TestCaseSource(nameof(WrongForms))]
    public async Task What_is_no_such_exchange_is_refused_as_OAuth_says(string field, string? value, string error)
    {
        var (name, caller, _, _) = await Federated();
        var form = Form(await SubjectOf(caller, name));
        form.Remove(field);
        if (value is not null)
        {
            form[field] = value;
        }

        await Refused(form, error);
    }

    [Test]
    public async Task Other_bodies_and_repeated_fields_are_refused_as_OAuth_says()
    {
        var (name, caller, _, _) = await Federated();
        var form = Form(await SubjectOf(caller, name));
        var text = await new FormUrlEncodedContent(form).ReadAsStringAsync();
        string[] wrong =
        [
            text + "&subject_token=x", text + string.Concat(Enumerable.Range(0, 50).Select(number => $"&f{number}=x")),
            text + "&more=" + new string('x', 40_000),
        ];
        foreach (var body in wrong)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded");
            Assert.That(await ErrorOf(content), Is.EqualTo((400, "invalid_request")), $"{body.Length}");
        }

        using var json = new StringContent(JsonSerializer.Serialize(form), Encoding.UTF8, "application/json");
        Assert.That(await ErrorOf(json), Is.EqualTo((400, "invalid_request")));
        using var none = new ByteArrayContent([]);
        Assert.That(await ErrorOf(none), Is.EqualTo((400, "invalid_request")));
    }

    [Test]
    public async Task A_token_for_one_connection_opens_no_other_and_a_changed_one_opens_nothing()
    {
        var (name, caller, _, _) = await Federated();
        var other = (await Federated()).Name;
        var (mine, others) = (await SubjectOf(caller, name), await SubjectOf(caller, other));

        await Refused(Form(mine, ("audience", others.Text("audience")!)), "invalid_request");
        await Refused(Form(mine, ("audience", mine.Text("audience")!.ToUpperInvariant())), "invalid_target");
        var parts = mine.Text("subject_token")!.Split('.');
        await Refused(Form(mine, ("subject_token", $"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}")), "invalid_request");
        await Refused(
            Form(mine, ("subject_token", $"{parts[0]}.{others.Text("subject_token")!.Split('.')[1]}.{parts[2]}")), "invalid_request");
    }

    [Test]
    public async Task An_identity_token_without_a_caller_in_it_is_nobodys_whatever_its_audience()
    {
        // An admin can have the gateway sign for any audience; that alone must not open the endpoint.
        var (name, caller, _, _) = await Federated();
        var subject = await SubjectOf(caller, name);
        var forged = await CreateConnection();
        var set = await Gateway.Operator.Put($"/api/connections/{forged}/federation", new
        {
            hook_source = "builtin",
            builtin_provider = "oidc_token",
            identity_source_attribute = "id",
            identity_target_template = "{user.id}",
            extra_config = new { audience = subject.Text("audience") },
        });
        Assert.That(set.Status, Is.EqualTo(HttpStatusCode.OK), set.Message);
        var signed = await caller.Post($"/api/connections/{forged}/federation/token");
        var token = signed["files"].GetProperty("HOOP_IDENTITY_TOKEN_FILE").GetString()!;

        await Refused(Form(subject, ("subject_token", token)), "invalid_request");
    }

    [Test]
    public async Task A_role_whose_template_copies_the_sealed_caller_makes_no_subject_token()
    {
        var (name, caller, id, _) = await Federated();
        var subject = await SubjectOf(caller, name);
        var payload = JsonElement.Parse(
            System.Buffers.Text.Base64Url.DecodeFromChars(subject.Text("subject_token")!.Split('.')[1]));
        var entity = await Gateway.Operator.Post("/v1/identity/entity", new { name = $"thief-{id}" });
        await Gateway.Operator.Post("/v1/identity/entity-alias", new
        {
            name = id,
            mount_accessor = (await Gateway.Operator.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString(),
            canonical_id = entity["data"].GetProperty("id").GetString(),
        });
        var role = await Gateway.Operator.Post($"/v1/identity/oidc/role/thief-{id}", new
        {
            key = "default",
            client_id = subject.Text("audience"),
            ttl = "24h",
            template = $$"""{"hoop_caller": {{payload.GetProperty("hoop_caller").GetRawText()}}}""",
        });
        Assert.That((int)role.Status, Is.LessThan(300), role.Body.ToString());
        var stolen = await caller.Get($"/v1/identity/oidc/token/thief-{id}");
        Assert.That(stolen.Status, Is.EqualTo(HttpStatusCode.OK), stolen.Body.ToString());

        await Refused(Form(subject, ("subject_token", stolen["data"].GetProperty("token").GetString()!)), "invalid_request");
        Assert.That((await Exchange(Form(subject))).Status, Is.EqualTo(HttpStatusCode.OK), "the real one is still good");
    }

    [Test]
    public async Task What_ends_the_callers_credential_ends_the_subject_token_at_once()
    {
        var (name, caller, id, _) = await Federated();
        var subject = await SubjectOf(caller, name);
        Assert.That((await Exchange(Form(subject))).Status, Is.EqualTo(HttpStatusCode.OK));

        await Gateway.Operator.Delete($"/api/api-tokens/{id}");

        await Refused(Form(subject), "invalid_request");
    }

    [Test]
    public async Task A_disabled_entity_gets_nothing_and_the_same_answer_as_anybody()
    {
        var (name, caller, id, _) = await Federated();
        var entity = await Gateway.Operator.Post("/v1/identity/entity", new { name = $"of-{id}" });
        await Gateway.Operator.Post("/v1/identity/entity-alias", new
        {
            name = id,
            mount_accessor = (await Gateway.Operator.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString(),
            canonical_id = entity["data"].GetProperty("id").GetString(),
        });
        var subject = await SubjectOf(caller, name);
        await Gateway.Operator.Post($"/v1/identity/entity/id/{entity["data"].GetProperty("id").GetString()}", new { disabled = true });

        var refused = await Refused(Form(subject), "invalid_request");
        var madeUp = await Refused(Form(subject, ("subject_token", "a.b.c")), "invalid_request");

        Assert.That(refused.Body.ToString(), Is.EqualTo(madeUp.Body.ToString()));
    }

    [TestCase("policy", "invalid_target")]
    [TestCase("connection", "invalid_target")]
    [TestCase("provider", "invalid_target")]
    public async Task What_became_of_the_connection_counts(string gone, string error)
    {
        var (name, caller, _, _) = await Federated();
        var subject = await SubjectOf(caller, name);
        switch (gone)
        {
            case "policy":
                await Gateway.Operator.Delete($"/api/connections/{name}/federation");
                break;
            case "connection":
                await Gateway.Operator.Delete($"/api/connections/{name}");
                break;
            default:
                await Gateway.Operator.Delete($"/api/connections/{name}/federation");
                await Gateway.Operator.Put($"/api/connections/{name}/federation", new
                {
                    hook_source = "builtin",
                    builtin_provider = "oidc_token",
                    identity_source_attribute = "id",
                    identity_target_template = "{user.id}",
                    extra_config = new { audience = "a" },
                });
                break;
        }

        await Refused(Form(subject), error);
    }

    [Test]
    public async Task Googles_refusal_is_told_by_its_code_and_an_outage_as_one()
    {
        var (name, caller, _, account) = await Federated();
        var subject = await SubjectOf(caller, name);

        Google.Fail(account, GoogleFault.PermissionDenied);
        var refused = await Refused(Form(subject), "invalid_request");
        Google.Fail(account, GoogleFault.ServiceDisabled);
        var disabled = await Exchange(Form(subject));
        Google.Fail(account, GoogleFault.None);

        Assert.That(refused.Text("error_description"), Does.StartWith("principal_denied: ").And.Not.Contain("\""));
        Assert.That((disabled.Status, disabled.Text("error")), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "temporarily_unavailable")));
        Assert.That(disabled.Response.Headers.RetryAfter, Is.Not.Null);
        Assert.That(disabled.Text("error_description"), Does.StartWith("api_disabled: "));
    }

    [Test]
    public async Task Another_gateway_takes_what_this_one_signed()
    {
        var (name, caller, _, account) = await Federated();
        await using var second = await TestGateway.Start(
            new(Settings()) { ["HOOP_PUBLIC_URL"] = PublicUrl }, Play(Agents), Gateway.Connection);
        var subject = await SubjectOf(caller, name);

        using var content = new FormUrlEncodedContent(Form(subject));
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        var reply = await second.Anonymous.Ask(request);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        Assert.That(Google.Owner(reply.Text("access_token")!), Is.EqualTo(account));
    }

    [Test]
    public async Task The_operators_token_an_unfederated_connection_and_strangers_get_no_subject_token()
    {
        var (name, caller, _, _) = await Federated();
        var plain = await CreateConnection();
        var (_, stranger) = await Gateway.CreateOrganization($"stranger-{name}");

        Assert.That((await Ask(Gateway.Operator, name)).Code, Is.EqualTo("operator_has_none"));
        Assert.That((await Ask(caller, plain)).Code, Is.EqualTo("federation_not_configured"));
        Assert.That((await Ask(Gateway.Anonymous, name)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await Ask(stranger, name)).Code, Is.EqualTo("feature_disabled"));

        static Task<Reply> Ask(HttpClient client, string name) => client.Post($"/api/connections/{name}/federation/subject-token");
    }

    /// <summary>A connection, a caller with an API token of its own, and the account that is the caller's alone.</summary>
    private async Task<Prepared> Federated()
    {
        var number = Interlocked.Increment(ref _numbers);
        var account = $"exchange-bot-{number}@my-proj.iam.gserviceaccount.com";
        Google.Grant(account);
        var name = await CreateFederated(new() { ["identity_source_attribute"] = "id", ["identity_target_template"] = account });
        var token = await Gateway.Operator.Post("/api/api-tokens", new { name = $"exchange-{number}", groups = new[] { "admin" } });
        Assert.That(token.Status, Is.EqualTo(HttpStatusCode.Created), token.Message);
        return new Prepared(name, Gateway.As(token.Text("token")!), token.Text("id")!, account);
    }

    private sealed record Prepared(string Name, HttpClient Caller, string TokenId, string Account);

    private static async Task<Reply> SubjectOf(HttpClient caller, string name)
    {
        var reply = await caller.Post($"/api/connections/{name}/federation/subject-token");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return reply;
    }

    private static Dictionary<string, string> Form(Reply subject, params (string Name, string Value)[] changes)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
            ["audience"] = subject.Text("audience")!,
            ["scope"] = "https://www.googleapis.com/auth/bigquery",
            ["requested_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
            ["subject_token"] = subject.Text("subject_token")!,
            ["subject_token_type"] = subject.Text("subject_token_type")!,
        };
        foreach (var (name, value) in changes)
        {
            form[name] = value;
        }

        return form;
    }

    private async Task<Reply> Exchange(Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        return await Send(content);
    }

    private async Task<Reply> Send(HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        return await Gateway.Anonymous.Ask(request);
    }

    private async Task<(int Status, string? Error)> ErrorOf(HttpContent content)
    {
        var reply = await Send(content);
        return ((int)reply.Status, reply.Text("error"));
    }

    private async Task<Reply> Refused(Dictionary<string, string> form, string error)
    {
        var reply = await Exchange(form);
        Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.BadRequest, error)), reply.Body.ToString());
        return reply;
    }
}
