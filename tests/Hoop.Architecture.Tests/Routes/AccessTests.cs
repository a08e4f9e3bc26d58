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

    [Test]
    public async Task Each_route_lets_in_whom_its_policy_names_and_nobody_else(
        [Values(
            "nobody", "standard", "auditor", "admin", "stranger", "operator", "agent", "person", "person auditor", "person admin",
            "service account")]
        string caller)
    {
        Assert.That(_tenants.Routes, Has.Count.GreaterThan(20));
        var wrong = new List<string>();
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
        Policies.Auditor => caller is "auditor" or "person auditor" || IsAllowed(Policies.Admin, caller),
        Policies.Admin => caller is "admin" or "person admin" or "stranger" or "operator",
        Policies.Operator => caller is "operator",
        Policies.Agent => caller is "agent",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "say here whom the policy lets in"),
    };
}
