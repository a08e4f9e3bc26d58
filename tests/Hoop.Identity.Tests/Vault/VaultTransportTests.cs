using System.Net;
using System.Text;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

public sealed class VaultTransportTests : IdentityFixture
{
    private const string Entity = "/v1/identity/entity";

    private string _id = "";

    [OneTimeSetUp]
    public async Task CreateOne() => _id = (await Admin.Post(Entity, new { name = "transported" }))["data"].GetProperty("id").GetString()!;

    [Test]
    public async Task The_envelope_has_all_eight_members()
    {
        var reply = await Admin.Get($"{Entity}/id/{_id}");

        Assert.That(
            reply.Body.EnumerateObject().Select(member => member.Name),
            Is.EqualTo(new[] { "request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth" }));
        Assert.That(reply["request_id"].GetGuid(), Is.Not.EqualTo(Guid.Empty));
        Assert.That(reply.Text("lease_id"), Is.Empty);
        Assert.That(reply["renewable"].GetBoolean(), Is.False);
        Assert.That(reply["lease_duration"].GetInt32(), Is.Zero);
        Assert.That(new[] { "wrap_info", "warnings", "auth" }.Select(name => reply[name].ValueKind), Is.All.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Nothing_may_be_stored_on_the_way()
    {
        foreach (var path in new[] { $"{Entity}/id/{_id}", $"{Entity}/id/absent", $"{Entity}/nowhere" })
        {
            var reply = await Admin.Get(path);
            Assert.That(reply.Response.Headers.CacheControl?.NoStore, Is.True, path);
            Assert.That(reply.Response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/json"));
        }
    }

    [Test]
    public async Task The_token_may_come_in_either_header()
    {
        var token = (await Admin.Post("/api/api-tokens", new { name = "vault-client", groups = new[] { "admin" } })).Text("token");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Entity}/id/{_id}");
        request.Headers.Add("X-Vault-Token", token);

        var response = await Gateway.Anonymous.SendAsync(request);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("")]
    [TestCase("  \r\n")]
    [TestCase("null")]
    [TestCase(" null ")]
    [TestCase("{}")]
    public async Task No_fields_have_many_spellings(string body)
    {
        foreach (var contentType in new[] { null, "application/json", "text/plain", "application/x-www-form-urlencoded" })
        {
            var reply = await SendRaw(Admin, HttpMethod.Put, Entity, Encoding.UTF8.GetBytes(body), contentType);
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), contentType);
        }
    }

    [TestCase(null)]
    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/octet-stream")]
    [TestCase("application/json; charset=utf-8")]
    public async Task JSON_is_read_whatever_the_content_type_says(string? contentType)
    {
        var reply = await SendRaw(Admin, HttpMethod.Post, $"{Entity}/id/{_id}", """{"policies": ["read"]}"""u8.ToArray(), contentType);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Admin.Get($"{Entity}/id/{_id}"))["data"].GetProperty("policies").GetRawText(), Is.EqualTo("""["read"]"""));
    }

    [TestCase("application/json")]
    [TestCase("application/x-www-form-urlencoded")]
    public async Task A_byte_order_mark_is_no_part_of_a_body(string contentType)
    {
        var named = await SendRaw(Admin, HttpMethod.Post, Entity, "\uFEFF{\"name\": \"marked\"}"u8.ToArray(), contentType);
        var empty = await SendRaw(Admin, HttpMethod.Post, Entity, "\uFEFF"u8.ToArray(), contentType);
        var twice = await SendRaw(Admin, HttpMethod.Post, Entity, "\uFEFF\uFEFF{}"u8.ToArray(), "application/json");

        Assert.That(named.Body.GetProperty("warnings").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That((await Admin.Get($"{Entity}/name/marked")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((empty.Status, twice.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.BadRequest)));
    }

    [Test]
    public async Task A_form_is_read_as_fields()
    {
        var body = "name=from%20form&policies=b&policies=a&metadata=k%3Dv&disabled=true"u8.ToArray();

        var id = (
            await SendRaw(Admin, HttpMethod.Post, Entity, body, "application/x-www-form-urlencoded"))["data"].GetProperty("id").GetString();

        var read = (await Admin.Get($"{Entity}/id/{id}"))["data"];
        Assert.That(read.GetProperty("name").GetString(), Is.EqualTo("from form"));
        Assert.That(read.GetProperty("policies").GetRawText(), Is.EqualTo("""["a","b"]"""));
        Assert.That(read.GetProperty("metadata").GetRawText(), Is.EqualTo("""{"k": "v"}"""));
        Assert.That(read.GetProperty("disabled").GetBoolean(), Is.True);
        Assert.That(
            (await SendRaw(Admin, HttpMethod.Post, Entity, "name=a%00b"u8.ToArray(), "application/x-www-form-urlencoded")).Status,
            Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("{")]
    [TestCase("{\"name\": }")]
    [TestCase("{} {}")]
    [TestCase("[]")]
    [TestCase("5")]
    [TestCase("\"text\"")]
    [TestCase("{'name': 'x'}")]
    [TestCase("{\"name\": \"a\", \"name\": \"b\"}")]
    [TestCase("{\"metadata\": {\"k\": \"a\", \"k\": \"b\"}}")]
    [TestCase("{\"name\": \"x\",}")]
    [TestCase("nul")]
    public async Task What_is_not_one_JSON_object_is_refused(string body)
    {
        var reply = await Admin.Post(Entity, body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply).Single(), Does.StartWith("failed to parse JSON input: "));
    }

    [Test]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        var reply = await SendRaw(Admin, HttpMethod.Post, Entity, [.. "{\"name\": \""u8, 0xC3, 0x28, .. "\"}"u8], "application/json");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    [Description("CVE-2025-6203, CVE-2025-12044, CVE-2023-6337: JSON bombs")]
    public async Task Deep_and_large_bodies_are_refused()
    {
        var deep = await Admin.Post(Entity, string.Concat(Enumerable.Repeat("{\"metadata\":", 40)) + "1" + new string('}', 40));
        var long20 = await Admin.Post(Entity, $$"""{"name": "{{new string('x', 20 << 20)}}"}""");
        using var tooLong = new HttpRequestMessage(HttpMethod.Post, Entity) { Content = new ByteArrayContent(new byte[33 << 20]) };
        // Or the refusal may come while the body is still on its way.
        tooLong.Headers.ExpectContinue = true;
        var large = await Admin.SendAsync(tooLong);
        var wide = await Admin.Post(Entity, $$"""{"policies": [{{string.Concat(Enumerable.Repeat("1,", 600_000))}}1]}""");

        Assert.That(deep.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(long20.Status, Is.EqualTo(HttpStatusCode.BadRequest), "it was read, and the name is too long");
        Assert.That(ErrorsOf(long20).Single(), Does.Contain("name"));
        Assert.That(large.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        using var told = JsonDocument.Parse(await large.Content.ReadAsStringAsync());
        Assert.That(told.RootElement.GetProperty("errors").GetArrayLength(), Is.EqualTo(1));
        Assert.That(wide.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(wide).Single(), Does.StartWith("refused JSON input due to high complexity"));
    }

    [Test]
    public async Task Fields_that_do_not_count_are_named_in_a_warning()
    {
        var reply = await Admin.Post($"{Entity}/id/{_id}", new { zeta = 1, alpha = 2, id = "other", policies = "p" });

        Assert.That(reply["warnings"].EnumerateArray().Select(warning => warning.GetString()), Is.EqualTo(new[]
        {
            "Endpoint ignored these unrecognized parameters: [alpha zeta]",
            "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [id]",
        }));
    }

    [TestCase("POST", "/", HttpStatusCode.BadRequest, "cannot write to a path ending in '/'")]
    [TestCase("PUT", "/id/a/", HttpStatusCode.BadRequest, "cannot write to a path ending in '/'")]
    [TestCase("POST", "/name/a/", HttpStatusCode.BadRequest, "cannot write to a path ending in '/'")]
    [TestCase("GET", "/id", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("GET", "/id?list=false", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("GET", "/id?list=F", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("GET", "/id?list=", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("GET", "/id/a?list=true", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("POST", "/id", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("PATCH", "/id/a", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("LIST", "/name/a", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("GET", "", HttpStatusCode.MethodNotAllowed, "unsupported operation")]
    [TestCase("GET", "/id/a/", HttpStatusCode.NotFound, "unsupported path")]
    [TestCase("DELETE", "/id/a/", HttpStatusCode.NotFound, "unsupported path")]
    [TestCase("GET", "/id/-a", HttpStatusCode.NotFound, "unsupported path")]
    [TestCase("GET", "/id/a-", HttpStatusCode.NotFound, "unsupported path")]
    [TestCase("GET", "/nothing", HttpStatusCode.NotFound, "unsupported path")]
    public async Task What_a_path_does_not_serve_is_said_in_Vault_s_words(string method, string path, HttpStatusCode status, string text)
    {
        var reply = await Admin.Send(new HttpMethod(method), Entity + path);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(ErrorsOf(reply).Single(), Does.Contain(text));
    }

    [TestCase("yes")]
    [TestCase("tRUE")]
    [TestCase("2")]
    public async Task A_list_parameter_that_is_no_truth_value_is_an_empty_400(string value)
    {
        foreach (var path in new[] { "/id", $"/id/{_id}" })
        {
            var reply = await Admin.Get($"{Entity}{path}?list={value}");
            Assert.That((reply.Status, reply.Body.GetRawText()), Is.EqualTo((HttpStatusCode.BadRequest, """{"errors":[]}""")));
        }
    }

    [Test]
    public async Task The_namespace_header_must_name_the_own_organization_and_selects_one_for_the_operator()
    {
        Assert.That(await StatusIn(Admin, "acme"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusIn(Admin, "stranger"), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await StatusIn(Gateway.Operator, "acme/"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusIn(Gateway.Operator, "root"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusIn(Gateway.Operator, "nowhere"), Is.EqualTo(HttpStatusCode.Forbidden));

        async Task<HttpStatusCode> StatusIn(HttpClient client, string space)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Entity}/id/{_id}");
            request.Headers.Add("X-Vault-Namespace", space);
            return (await client.SendAsync(request)).StatusCode;
        }
    }

    [Test]
    public async Task The_description_names_each_operation_once_and_no_LIST()
    {
        var document = await Gateway.Anonymous.Get("/openapi/v1.json");

        var paths = document["paths"];
        Assert.That(paths.GetProperty(Entity + "/id").EnumerateObject().Select(operation => operation.Name), Is.EqualTo(new[] { "get" }));
        var operations = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
            .Where(operation => operation.Value.TryGetProperty("operationId", out _))
            .Select(operation => operation.Value.GetProperty("operationId").GetString()).ToList();
        Assert.That(operations, Is.Unique.And.Contains("SetEntity").And.Contains("ListEntityIds"));
    }
}
