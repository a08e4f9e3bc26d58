using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Callers;

/// <summary>Whom a route lets in by what it states, asked of the gateway's own judgement and of the framework's.</summary>
public sealed class PolicyTests
{
    private static readonly string[] All =
        [Policies.Authenticated, Policies.Auditor, Policies.Admin, Policies.Operator, Policies.Agent];

    [TestCase(CallerKind.ApiToken, Role.Standard, Policies.Authenticated)]
    [TestCase(CallerKind.ApiToken, Role.Auditor, Policies.Authenticated, Policies.Auditor)]
    [TestCase(CallerKind.User, Role.Admin, Policies.Authenticated, Policies.Auditor, Policies.Admin)]
    [TestCase(CallerKind.Operator, Role.Admin, Policies.Authenticated, Policies.Auditor, Policies.Admin, Policies.Operator)]
    [TestCase(CallerKind.Agent, Role.Standard, Policies.Authenticated, Policies.Agent)]
    [TestCase(CallerKind.VaultToken, Role.Admin)]
    public async Task Each_caller_meets_just_its_policies(CallerKind kind, Role role, params string[] met)
    {
        var caller = Of(kind, role);
        foreach (var policy in All)
        {
            Assert.That(await Lets(caller, Stated(policy)), Is.EqualTo(met.Contains(policy)), policy);
            Assert.That(await FrameworkLets(caller, policy), Is.EqualTo(met.Contains(policy)), $"{policy} by the framework");
            Assert.That(await Lets(caller: null, Stated(policy)), Is.False, $"{policy} for nobody");
        }
    }

    [Test]
    public async Task A_route_that_states_no_policy_is_closed() => Assert.That(await Lets(Of(CallerKind.Operator, Role.Admin)), Is.False);

    [Test]
    public async Task A_route_that_states_something_else_is_closed()
    {
        var caller = Of(CallerKind.Operator, Role.Admin);
        Assert.That(await Lets(caller, Stated("unheard-of")), Is.False);
        Assert.That(await Lets(caller, new AuthorizeAttribute()), Is.False, "the framework's default policy");
        Assert.That(await Lets(caller, new AuthorizeAttribute(Policies.Admin) { Roles = "kings" }), Is.False);
        Assert.That(await Lets(caller, new AuthorizeAttribute(Policies.Admin) { AuthenticationSchemes = "Badge" }), Is.False);
    }

    [Test]
    public async Task Of_several_policies_all_must_hold()
    {
        Assert.That(await Lets(Of(CallerKind.ApiToken, Role.Admin), Stated(Policies.Authenticated), Stated(Policies.Admin)), Is.True);
        Assert.That(await Lets(Of(CallerKind.ApiToken, Role.Auditor), Stated(Policies.Authenticated), Stated(Policies.Admin)), Is.False);
        Assert.That(await Lets(Of(CallerKind.ApiToken, Role.Auditor), Stated(Policies.Admin), Stated(Policies.Authenticated)), Is.False);
    }

    [Test]
    public async Task A_token_of_Vaults_kind_is_judged_by_its_policies_on_Vaults_paths_alone([Values] bool grants)
    {
        var caller = Of(CallerKind.VaultToken, Role.Standard);
        var services = new ServiceCollection().AddSingleton<IPathAccess>(new Grants(grants)).BuildServiceProvider();
        Assert.That(await Policies.LetIn(On(services, Stated(Policies.Admin), Surface.Vault), caller), Is.EqualTo(grants));
        Assert.That(await Policies.LetIn(On(services, Stated(Policies.Admin), Surface.Api), caller), Is.False);
        Assert.That(await Policies.LetIn(On(services, Stated(Policies.Operator), Surface.Vault), caller), Is.False);
        var none = new ServiceCollection().BuildServiceProvider();
        Assert.That(await Policies.LetIn(On(none, Stated(Policies.Admin), Surface.Vault), caller), Is.False);
    }

    private static AuthorizeAttribute Stated(string policy) => new(policy);

    private static async Task<bool> Lets(Caller? caller, params object[] metadata) =>
        await Policies.LetIn(On(new ServiceCollection().BuildServiceProvider(), metadata), caller);

    private static async Task<bool> FrameworkLets(Caller caller, string policy)
    {
        await using var services = new ServiceCollection().AddLogging().AddHoopPolicies().BuildServiceProvider();
        var context = On(services, Stated(policy));
        context.User = new(new CallerIdentity(caller));
        return (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(context.User, context, policy)).Succeeded;
    }

    private static DefaultHttpContext On(IServiceProvider services, params object[] metadata)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.SetEndpoint(new RouteEndpoint(
            _ => Task.CompletedTask, RoutePatternFactory.Parse("/x"), order: 0, new EndpointMetadataCollection(metadata), "x"));
        return context;
    }

    private static Caller Of(CallerKind kind, Role role) =>
        new(Guid.NewGuid(), kind, Alias.OfToken(Guid.NewGuid()), "x", [], role);

    private sealed class Grants(bool answer) : IPathAccess
    {
        public ValueTask<bool> Allows(HttpContext context, Caller caller) => new(answer);
    }
}
