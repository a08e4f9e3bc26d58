using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

/// <summary>What holds for every path below <c>/v1</c>, asked of every route that there is.</summary>
public sealed class VaultRuleTests : IdentityFixture
{
    private IReadOnlyList<VaultRoute> _routes = [];

    [OneTimeSetUp]
    public void FindRoutes()
    {
        _routes = VaultRoute.All(Gateway);
        Assert.That(_routes, Has.Count.GreaterThan(60));
        Assert.That(_routes.Count(route => route.Fields is not null), Is.GreaterThan(40));
    }

    [Test]
    public void Whatever_is_written_with_POST_is_written_with_PUT_alike()
    {
        var posts = Writes("POST");
        Assert.That(posts, Is.Not.Empty.And.EquivalentTo(Writes("PUT")));

        IEnumerable<string> Writes(string method) => _routes.Where(route => route.Fields is not null && route.Methods.Contains(method))
            .Select(route => $"{route.Pattern} {string.Join(',', route.Fields!.All.Select(field => field.Name))}");
    }

    [Test]
    public async Task Whatever_is_listed_is_listed_by_its_verb_and_by_GET_alike()
    {
        var lists = _routes.Where(route => route.Methods.Contains("LIST")).ToList();
        Assert.That(lists, Has.Count.GreaterThan(8));
        foreach (var list in lists)
        {
            var replies = new List<Reply>
            {
                await Admin.Send(new HttpMethod("LIST"), list.Path), await Admin.Send(new HttpMethod("LIST"), list.Path + "/"),
            };
            foreach (var spelling in new[] { "1", "t", "T", "TRUE", "true", "True" })
            {
                replies.Add(await Admin.Get($"{list.Path}?list={spelling}"));
            }

            Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(replies[0].Status), list.ToString());
            Assert.That(replies.Select(Data), Is.All.EqualTo(Data(replies[0])), list.ToString());
            Assert.That((int)replies[0].Status, Is.AnyOf(200, 404), list.ToString());
            Assert.That((await Admin.Get($"{list.Path}?list=perhaps")).Body.GetRawText(), Is.EqualTo("""{"errors":[]}"""), list.ToString());
        }

        static string Data(Reply reply) => reply.Body.TryGetProperty("data", out var data) ? data.GetRawText() : reply.Body.GetRawText();
    }

    [Test]
    public async Task A_wrapped_answer_is_refused_before_anything_is_done()
    {
        var rows = await Rows();
        foreach (var route in _routes.Where(route => !route.IsOpen))
        {
            foreach (var method in route.Methods)
            {
                var query = method == "GET" && IsList(route) ? "?list=true" : "";
                using var request = new HttpRequestMessage(new HttpMethod(method), route.Path + query);
                request.Headers.Add("X-Vault-Wrap-TTL", "60s");
                var response = await Admin.SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                Assert.That((response.StatusCode, text.Contains("X-Vault-Wrap-TTL", StringComparison.Ordinal)),
                    Is.EqualTo((HttpStatusCode.BadRequest, true)), $"{method} {route}: {text}");
            }
        }

        Assert.That(await Rows(), Is.EqualTo(rows));
    }

    [Test]
    public async Task Nothing_that_is_answered_may_be_kept_and_an_envelope_is_whole()
    {
        string[] envelope = ["request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"];
        foreach (var route in _routes.Where(route => !route.IsOpen && route.Methods.Contains("GET")))
        {
            var reply = await Admin.Get(route.Path + (IsList(route) ? "?list=true" : ""));
            Assert.That((int)reply.Status, Is.LessThan(500), route.ToString());
            Assert.That(reply.Response.Headers.CacheControl?.NoStore, Is.True, route.ToString());
            var expected = reply.Status == HttpStatusCode.OK ? envelope : ["errors"];
            Assert.That(
                reply.Body.EnumerateObject().Select(member => member.Name), Is.SupersetOf(expected), $"{route}: {(int)reply.Status}");
        }
    }

    [Test]
    public async Task Only_the_state_of_the_gateway_answers_HEAD()
    {
        foreach (var route in _routes.Where(route => !route.IsOpen && route.Methods.Contains("GET")))
        {
            var reply = await Admin.Send(HttpMethod.Head, route.Path);
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed), route.ToString());
        }

        Assert.That((await Admin.Send(HttpMethod.Head, "/v1/sys/health")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_field_that_nobody_knows_is_ignored_and_warned_of_where_there_is_a_body()
    {
        var reply = await Admin.Put("/v1/identity/group", new { name = "warned", zeta = 1, alpha = new { a = 1 } });
        var silent = await Admin.Put("/v1/identity/group/name/warned", new { policies = "p", zeta = 1 });

        Assert.That(reply["warnings"][0].GetString(), Is.EqualTo("Endpoint ignored these unrecognized parameters: [alpha zeta]"));
        Assert.That((silent.Status, silent.Body.ValueKind), Is.EqualTo((HttpStatusCode.NoContent, JsonValueKind.Undefined)));
    }

    [Test]
    public async Task The_body_of_a_deletion_does_not_count()
    {
        await Admin.Post("/v1/identity/entity", new { name = "going" });

        var reply = await SendRaw(Admin, HttpMethod.Delete, "/v1/identity/entity/name/going", "{\"name\": oops"u8.ToArray(), "text/plain");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Admin.Get("/v1/identity/entity/name/going")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("root")]
    [TestCase("/")]
    [TestCase("")]
    [TestCase("acme")]
    [TestCase("acme/")]
    [TestCase("/acme/")]
    public async Task The_own_namespace_has_many_spellings(string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sys/auth");
        request.Headers.TryAddWithoutValidation("X-Vault-Namespace", name);

        Assert.That((await Admin.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Headers_of_Vault_s_clients_are_ignored()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sys/auth");
        foreach (var header in new[] { "Request", "Policy-Override", "MFA", "Forward", "Inconsistent", "Index" })
        {
            request.Headers.Add($"X-Vault-{header}", "true");
        }

        Assert.That((await Admin.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private bool IsList(VaultRoute route) =>
        _routes.Any(other => other.Pattern == route.Pattern && other.Methods.Contains("LIST"));

    private async Task<long> Rows() =>
        (await Gateway.Query<long>("SELECT count(*) FROM identity.audit_events WHERE org_id = @OrgId", new { OrgId }))[0];
}
