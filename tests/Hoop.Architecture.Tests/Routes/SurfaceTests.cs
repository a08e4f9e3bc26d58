using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>Every route, in every case that routing takes: its dialect and its namespace rule are those that its group states.</summary>
public sealed class SurfaceTests
{
    private static readonly Dictionary<string, Func<string, string>> Spellings = new(StringComparer.Ordinal)
    {
        ["as it is"] = text => text,
        ["upper"] = text => text.ToUpperInvariant(),
        ["mixed"] = text => string.Concat(text.Select((character, i) => i % 2 == 0 ? char.ToUpperInvariant(character) : character)),
    };

    private Tenants _tenants = null!;

    private IEnumerable<Route> Closed => _tenants.Routes.Where(route => route.Policy != Route.Anonymous);

    [OneTimeSetUp]
    public async Task Start() => _tenants = await Tenants.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _tenants.DisposeAsync();

    [Test]
    public void Vault_s_dialect_is_stated_below_v1_and_nowhere_else()
    {
        Assert.That(_tenants.Routes.Count(route => route.IsVault), Is.GreaterThan(10));
        Assert.That(_tenants.Routes.Where(route => route.IsVault != route.Path.StartsWith("/v1/", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    [Description("S10: /V1 dropped the namespace, and the write landed in the caller's own organization")]
    public async Task A_foreign_namespace_is_refused_on_every_route_in_every_case([Values("as it is", "upper", "mixed")] string spelling)
    {
        var wrong = new List<string>();
        foreach (var route in Closed)
        {
            foreach (var caller in new[] { "admin", "standard", "agent" })
            {
                foreach (var space in new[] { "stranger", "nowhere", "default,stranger", "stranger/child" })
                {
                    var reply = await Ask(route, caller, space, spelling);
                    var told = route.IsVault
                        ? reply["errors"][0].GetString()!.StartsWith("X-Vault-Namespace", StringComparison.Ordinal)
                        : reply.Code == "wrong_namespace";
                    if (reply.Status != HttpStatusCode.Forbidden || !told)
                    {
                        wrong.Add($"{route}, {caller} in {space}: {(int)reply.Status} {reply.Body}");
                    }
                }
            }
        }

        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
    }

    [Test]
    public async Task The_own_namespace_and_none_change_nothing(
        [Values("as it is", "upper", "mixed")] string spelling, [Values("default", "/default/", "root", "/", "")] string space)
    {
        foreach (var route in Closed.Where(route => !route.Mutates && route.Method != "*"))
        {
            var (plain, named) = (await Ask(route, "admin", space: null, "as it is"), await Ask(route, "admin", space, spelling));
            Assert.That(named.Status, Is.EqualTo(plain.Status), route.ToString());
        }
    }

    [TestCase("/api/agents", "/API/Agents")]
    [TestCase("/v1/identity/entity", "/V1/Identity/ENTITY")]
    [Description("U17: X-Vault-Namespace on /api was ignored without a word")]
    public async Task The_operator_writes_where_the_header_says(params string[] paths)
    {
        foreach (var path in paths)
        {
            var name = $"thing-{Guid.NewGuid():N}";
            var made = await Send("operator", HttpMethod.Post, path, "stranger", new { name });
            Assert.That(made.Response.IsSuccessStatusCode, $"{path}: {made.Status} {made.Body}");
            var table = path.Contains("agents", StringComparison.OrdinalIgnoreCase) ? "spiffe.agents" : "identity.entities";
            var owners = await _tenants.Gateway.Query<string>(
                $"SELECT o.name FROM {table} t JOIN identity.organizations o ON o.id = t.org_id WHERE t.name = @name",
                new { name });
            Assert.That(owners, Is.EqualTo(new[] { "stranger" }), path);
        }
    }

    [Test]
    public async Task The_operator_is_told_of_an_organization_that_is_not_there()
    {
        var reply = await Send("operator", HttpMethod.Get, "/api/agents", "nowhere");
        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Forbidden, "wrong_namespace")));
        Assert.That(reply.Response.Headers.WwwAuthenticate, Is.Empty);
    }

    [TestCase("/v1/nothing", true)]
    [TestCase("/V1/nothing", true)]
    [TestCase("/v1", true)]
    [TestCase("/v1x", false)]
    [TestCase("/api/v1/nothing", false)]
    [TestCase("/nothing", false)]
    public async Task What_reaches_no_route_is_answered_in_Vault_s_dialect_below_v1(string path, bool vault)
    {
        var reply = await _tenants.Admin.Get(path);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(reply.Body.TryGetProperty("errors", out _), Is.EqualTo(vault), reply.Body.ToString());
        Assert.That(reply.Code, Is.EqualTo(vault ? null : "no_route"));
    }

    [TestCase("/v1/identity/entity", "errors")]
    [TestCase("/V1/identity/entity", "errors")]
    [TestCase("/api/agents", "message")]
    public async Task A_method_that_a_path_does_not_take_is_refused_in_its_dialect(string path, string member)
    {
        var reply = await _tenants.Admin.Send(HttpMethod.Patch, path);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(reply.Body.TryGetProperty(member, out _), reply.Body.ToString());
    }

    private Task<Reply> Ask(Route route, string caller, string? space, string spelling) =>
        Send(
            caller,
            new HttpMethod(route.Method == "*" ? "GET" : route.Method),
            Spell(route, Spellings[spelling]),
            space,
            route.Mutates && route.Method is not "*" ? new { } : null);

    // Only what the route itself spells; ids and names keep their case.
    private static string Spell(Route route, Func<string, string> spelling) =>
        string.Join(
            '/',
            route.WithUnknown().Split('/').Zip(("/" + route.Path.Trim('/')).Split('/'), (real, pattern) => pattern.StartsWith('{')
                ? real
                : spelling(real)));

    private async Task<Reply> Send(string caller, HttpMethod method, string path, string? space, object? body = null)
    {
        using var client = new HttpClient { BaseAddress = _tenants.Gateway.Address };
        client.DefaultRequestHeaders.Authorization = _tenants.Callers[caller].DefaultRequestHeaders.Authorization;
        if (space is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("X-Vault-Namespace", space);
        }

        return await client.Send(method, path, body);
    }
}
