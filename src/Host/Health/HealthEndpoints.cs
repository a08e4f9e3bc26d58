using System.Text.Json.Serialization;
using Hoop.Host.Logging;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.Host.Health;

/// <summary>What operators and load balancers ask. Open to everybody; says states, never secrets or addresses.</summary>
internal static class HealthEndpoints
{
    public static IServiceCollection AddHoopHealth(this IServiceCollection services)
    {
        services.AddSingleton<DatabaseState>();
        services.AddSingleton<Leaving>();
        services.AddHealthChecks()
            .AddCheck<Leaving>("lifetime", tags: ["ready"])
            .AddCheck<DatabaseHealth>("database", tags: ["ready"])
            .AddCheck<MigrationHealth>("migrations", tags: ["ready"]);
        return services;
    }

    public static void MapHoopHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealth("/healthz/live", () => Results.Ok(new Live("ok"))).Produces<Live>().WithName("GetLiveness")
            .WithSummary("Whether the process serves");
        routes.MapHealth("/healthz/ready", Ready).Produces<Readiness>().Produces<Readiness>(StatusCodes.Status503ServiceUnavailable)
            .WithName("GetReadiness").WithSummary("Whether everything that it needs is there, check by check");
        routes.MapHealth("/healthz", Ready).ExcludeFromDescription();
        routes.MapHealth("/api/healthz", HoopLiveness).Produces<HoopHealth>().Produces<HoopHealth>(StatusCodes.Status400BadRequest)
            .WithName("GetHoopHealth").WithSummary("Readiness as hoop's clients read it");
        VaultState.Map(routes);
    }

    // Probes ask with HEAD as well; it is described once, as the GET that it is.
    private static RouteHandlerBuilder MapHealth(this IEndpointRouteBuilder routes, string path, Delegate handler)
    {
        routes.MapMethods(path, ["HEAD"], handler).AllowAnonymous().WithMetadata(QuietRoute.Metadata).ExcludeFromDescription();
        return routes.MapGet(path, handler).AllowAnonymous().WithMetadata(QuietRoute.Metadata).WithTags("Health");
    }

    private static async Task<IResult> HoopLiveness(HealthCheckService checks, CancellationToken cancellationToken) =>
        (await Report(checks, cancellationToken)).Status == HealthStatus.Unhealthy
            ? Results.Json(new HoopHealth("ERR"), statusCode: StatusCodes.Status400BadRequest)
            : Results.Ok(new HoopHealth("OK"));

    private static async Task<IResult> Ready(HealthCheckService checks, HttpContext context, CancellationToken cancellationToken)
    {
        var report = await Report(checks, cancellationToken);
        var body = new Readiness(
            Name(report.Status),
            report.Entries.ToDictionary(
                entry => entry.Key,
                entry =>
                    new CheckState(
                        Name(entry.Value.Status), entry.Value.Description, entry.Value.Data.Count == 0 ? null : entry.Value.Data),
                StringComparer.Ordinal));
        if (report.Status != HealthStatus.Unhealthy)
        {
            return Results.Ok(body);
        }

        context.Response.Headers.RetryAfter = "1";
        return Results.Json(body, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static Task<HealthReport> Report(HealthCheckService checks, CancellationToken cancellationToken) =>
        checks.CheckHealthAsync(check => check.Tags.Contains("ready"), cancellationToken);

    private static string Name(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ok",
        HealthStatus.Degraded => "degraded",
        _ => "failing",
    };

    private sealed record Live(string Status);

    private sealed record HoopHealth(string Liveness);

    private sealed record Readiness(string Status, IReadOnlyDictionary<string, CheckState> Checks);

    private sealed record CheckState(
        string Status,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, object>? Data);
}

/// <summary>It answers.</summary>
internal sealed class DatabaseHealth(DatabaseState database) : IHealthCheck
{
    public const string Silent = "the database does not answer";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        (await database.Now().WaitAsync(cancellationToken)).Answers ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(Silent);
}

/// <summary>
/// Nothing left to apply. A schema that a newer gateway brought further, and that this one works with, only degrades: an upgrade is
/// under way.
/// </summary>
internal sealed class MigrationHealth(DatabaseState database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await database.Now().WaitAsync(cancellationToken) switch
        {
            { Answers: false } => HealthCheckResult.Unhealthy(DatabaseHealth.Silent),
            { Problem: { } problem } => HealthCheckResult.Unhealthy(problem),
            { Schema.Missing: [var first, ..] } => HealthCheckResult.Unhealthy($"{first} is not applied: run hoop-gateway migrate"),
            { Schema.Newer: [.., var last] } =>
                HealthCheckResult.Degraded($"a newer gateway applied {last}; this one works on, finish the upgrade"),
            _ => HealthCheckResult.Healthy(),
        };
}
