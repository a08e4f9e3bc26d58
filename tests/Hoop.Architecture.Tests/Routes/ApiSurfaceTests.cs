using System.Reflection;
using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using Hoop.Shared.Http;
using Hoop.Shared.Pipeline;
using Hoop.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Routes;

public sealed class ApiSurfaceTests
{
    private static readonly string[] KnownPolicies =
        [.. typeof(Policies).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)];

    private TestGateway _gateway = null!;
    private IReadOnlyList<Route> _routes = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _routes = Route.Of(_gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints);
    }

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public void The_routes_are_those_of_the_reviewed_file()
    {
        Assert.That(_routes, Has.Count.GreaterThan(20));
        var reviewed = File.Exists(SurfaceFile.File) ? File.ReadAllText(SurfaceFile.File) : "";
        var expected = SurfaceFile.Render(_routes, SurfaceFile.Reasons(reviewed));
        if (Environment.GetEnvironmentVariable("HOOP_WRITE_API_SURFACE") == "1")
        {
            File.WriteAllText(SurfaceFile.File, expected);
            return;
        }

        Assert.That(
            reviewed,
            Is.EqualTo(expected),
            $"docs/api-surface.txt is not what the gateway serves. Review the difference, then put this into the file:\n\n{expected}\n");
    }

    [Test]
    [Description("The code that reads requests is written at the first of them: all at once it was two thirds of a start.")]
    public void No_handler_of_a_group_is_compiled_before_its_first_request()
    {
        var handlers = _gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<MethodInfo>() is not null)
            .ToList();

        Assert.That(handlers, Has.Count.GreaterThan(200));
        var early = handlers.Where(endpoint => endpoint.RequestDelegate!.Method.DeclaringType?.DeclaringType != typeof(LateHandlers))
            .Select(endpoint => endpoint.RoutePattern.RawText!);
        Assert.That(
            early,
            Has.All.Match(@"^/($|healthz|api/healthz|openapi/|docs|v1/sys/|.*\.well-known/)"),
            "map it on a group, or say here why it is needed at every start");
    }

    [Test]
    public void Every_route_states_a_policy_and_what_changes_something_is_an_audited_command()
    {
        var reasons = SurfaceFile.Reasons(File.ReadAllText(SurfaceFile.File));
        Assert.That(_routes.Count(route => route.IsCommand), Is.GreaterThan(10));
        Assert.That(reasons.Keys, Is.SubsetOf(_routes.Select(route => route.ToString())), "a reason for a route that is not there");

        Assert.That(RouteRules.Violations(_routes, KnownPolicies, reasons), Is.Empty);
    }

    [Test]
    public void No_slice_writes_without_being_a_command()
    {
        var types = Product.Modules.SelectMany(module => module.Assembly.GetTypes()).ToArray();
        Assert.That(
            types.Count(
                type => type.GetNestedType("Request", BindingFlags.NonPublic) is { } request && typeof(ICommand).IsAssignableFrom(request)),
            Is.GreaterThan(10));

        Assert.That(RouteRules.UnauditedWrites(types), Is.Empty);
    }

    [Test]
    public async Task A_route_without_a_policy_with_an_unknown_one_or_without_audit_is_found()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/open", () => "open");
        app.MapGet("/typo", () => "typo").RequireAuthorization("admins");
        app.MapGet("/public", () => "public").AllowAnonymous();
        app.MapDelete("/plain", () => "plain").RequireAuthorization(Policies.Admin);
        app.MapPost("/reasoned", () => "reasoned").RequireAuthorization(Policies.Admin);
        MadeUpSlice.Map(app);
        var routes = Route.Of(((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints));

        var violations = RouteRules.Violations(
            routes,
            KnownPolicies,
            new Dictionary<string, string>(StringComparer.Ordinal)
            { ["POST /reasoned"] = "a dry run that writes nothing" });

        Assert.That(violations, Is.EqualTo(new[]
        {
            "GET /open states no policy",
            "DELETE /plain changes something, is no audited command, and no reason is stated",
            "PUT /slice changes something, is no audited command, and no reason is stated",
            "GET /typo states the policy admins, which does not exist",
        }));
        Assert.That(RouteRules.UnauditedWrites([typeof(MadeUpSlice)]), Has.One.EndsWith("DeleteSql writes, and its request is no command"));
    }

    [Test]
    public void A_reason_is_kept_when_the_file_is_written_anew()
    {
        var reason = new Dictionary<string, string>(StringComparer.Ordinal) { [_routes[0].ToString()] = "it changes nothing" };

        Assert.That(SurfaceFile.Reasons(SurfaceFile.Render(_routes, reason)), Is.EqualTo(reason));
    }

    private static class MadeUpSlice
    {
        internal static void Map(IEndpointRouteBuilder routes) =>
            routes.MapPut("/slice", () => new Request().ToString()).RequireAuthorization(Policies.Admin);

        internal sealed record Request : IQuery<int>;

        internal static class Handler
        {
            [CrossOrg("Made up for the test.")]
            public const string DeleteSql = "DELETE FROM orders.lines";
        }
    }
}
