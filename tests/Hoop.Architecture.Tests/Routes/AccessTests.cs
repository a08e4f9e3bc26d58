using System.Net;
using Hoop.Shared.Callers;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>Every route, asked by everybody: the policy that it states is the one that holds.</summary>
public sealed class AccessTests
{
    private Tenants _tenants = null!;

    [OneTimeSetUp]
    public async Task Start() => _tenants = await Tenants.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _tenants.DisposeAsync();

    private static readonly string[] Everybody =
    [
        "nobody", "operator", "agent", "standard", "auditor", "admin", "person", "person auditor", "person admin", "service account",
        "service account auditor", "service account admin", "stranger standard", "stranger auditor", "stranger", "stranger person",
        "stranger person auditor", "stranger person admin", "stranger service account", "stranger service account auditor",
        "stranger service account admin",
    ];

    /// <summary>The matrix is made of the router's own list, and everybody of both organizations is in it.</summary>
    [Test]
    public void The_matrix_has_every_route_of_the_reviewed_file_and_every_role_of_two_organizations()
    {
        var asked = _tenants.Routes.Select(route => route.ToString()).ToHashSet(StringComparer.Ordinal);
        var reviewed = File.ReadAllLines(SurfaceFile.File).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2))).ToArray();

        Assert.That(reviewed, Has.Length.GreaterThan(100));
        Assert.That(asked, Is.EquivalentTo(reviewed));
        Assert.That(Everybody, Is.EquivalentTo(_tenants.Callers.Keys.Except(["impostor"])));
    }

    [TestCaseSource(nameof(Everybody))]
    public async Task Each_route_lets_in_whom_its_policy_names_and_nobody_else(string caller)
    {
        Assert.That(_tenants.Routes, Has.Count.GreaterThan(20));
        var (who, wrong) = (await _tenants.Callers[caller].Get("/api/userinfo"), new List<string>());
        if (caller != "nobody")
        {
            Assert.That(
                who.Text("org_name"), Is.EqualTo(caller.StartsWith("stranger", StringComparison.Ordinal) ? "stranger" : "default"));
        }

        foreach (var route in _tenants.Routes)
        {
            var reply = await Ask(route, caller);
            var (refused, expected) = (IsRefusal(route, reply, caller), !IsAllowed(route.Policy!, caller));
            if (refused != expected || (int)reply.Status >= 500)
            {
                wrong.Add($"{route} ({route.Policy}): {caller} is answered {(int)reply.Status} {reply.Body}");
            }
        }

        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
    }

    [TestCase("not-a-token")]
    [TestCase("a.b.c")]
    [TestCase("xagt-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("eyJhbGciOiJub25lIn0.eyJzdWIiOiJzcGlmZmU6Ly9hLmV4YW1wbGUvYiJ9.AAAA")]
    public async Task A_bad_credential_opens_no_route(string token)
    {
        using var client = _tenants.Gateway.As(token);
        _tenants.Callers["impostor"] = client;
        foreach (var route in _tenants.Routes.Where(route => route.Policy != Route.Anonymous))
        {
            Assert.That(IsRefusal(route, await Ask(route, "impostor"), "nobody"), route.ToString());
        }
    }

    private async Task<Reply> Ask(Route route, string caller) => await _tenants.Callers[caller].Send(
        new HttpMethod(route.Method == "*" ? "GET" : route.Method),
        route.WithUnknown(),
        route.Mutates && route.Method is not "*" ? new { } : null);

    // A refusal by policy, told from the refusals of a slice by its text.
    private static bool IsRefusal(Route route, Reply reply, string caller) => (route.IsVault, caller) switch
    {
        (true, _) => reply.Status == HttpStatusCode.Forbidden && reply["errors"][0].GetString() == "permission denied",
        (false, "nobody") => reply.Status == HttpStatusCode.Unauthorized && reply.Code == "access_denied",
        (false, _) =>
            reply.Status == HttpStatusCode.Forbidden && reply.Message!.StartsWith("access denied: this needs ", StringComparison.Ordinal),
    };

    private static bool IsAllowed(string policy, string caller) => policy switch
    {
        Route.Anonymous => true,
        Policies.Authenticated => caller is not "nobody",
        Policies.Auditor => caller.EndsWith("auditor", StringComparison.Ordinal) || IsAllowed(Policies.Admin, caller),
        Policies.Admin => caller.EndsWith("admin", StringComparison.Ordinal) || caller is "stranger" or "operator",
        Policies.Operator => caller is "operator",
        Policies.Agent => caller is "agent",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "say here whom the policy lets in"),
    };
}
