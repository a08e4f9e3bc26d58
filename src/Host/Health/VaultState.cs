using System.Globalization;
using System.Text.Json.Serialization;
using Hoop.Host.Logging;
using Hoop.Shared.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.Host.Health;

/// <summary>
/// What Vault's clients ask about a server before anything else, without a token and without an envelope. A gateway is never sealed and
/// never on standby: one whose database does not answer says sealed, because clients then wait or go elsewhere.
/// </summary>
internal static class VaultState
{
    // What Vault's clients compare versions with: the API level that /v1 follows.
    private const string Version = "1.19.0";

    private const string Cluster = "hoop";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var sys = routes.MapGroup("/v1/sys").WithSurface(Surface.Vault);
        sys.MapOpen("/health", Health).Produces<HealthBody>().Produces<HealthBody>(StatusCodes.Status503ServiceUnavailable)
            .WithName("GetVaultHealth").WithSummary("Readiness as Vault's clients read it");
        sys.MapOpen("/seal-status", SealStatus).Produces<SealBody>()
            .WithName("GetSealStatus").WithSummary("Whether it serves, as Vault's clients read it");
        sys.MapOpen("/init", Init).Produces<InitBody>()
            .WithName("GetInit").WithSummary("Always initialized");
        sys.MapOpen("/leader", Leader).Produces<LeaderBody>()
            .WithName("GetLeader").WithSummary("Every gateway serves: each says that it leads");
    }

    // Probes ask with HEAD as well; it is described once, as the GET that it is.
    private static RouteHandlerBuilder MapOpen(this IEndpointRouteBuilder routes, string path, Delegate handler)
    {
        routes.MapMethods(path, ["HEAD"], handler).AllowAnonymous().WithMetadata(QuietRoute.Metadata).ExcludeFromDescription();
        return routes.MapGet(path, handler).AllowAnonymous().WithMetadata(QuietRoute.Metadata).WithTags("Health");
    }

    /// <summary>
    /// The statuses can be chosen: <c>activecode</c>, <c>sealedcode</c>. Those of states that no gateway has (<c>standbyok</c>,
    /// <c>standbycode</c>, <c>drsecondarycode</c>, <c>performancestandbycode</c>, <c>uninitcode</c>) are checked and change nothing.
    /// </summary>
    private static async Task<IResult> Health(
        HttpContext context, HealthCheckService checks, TimeProvider clock, CancellationToken cancellationToken)
    {
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in new[]
        {
            "activecode", "sealedcode", "standbycode", "drsecondarycode", "performancestandbycode", "uninitcode",
        })
        {
            if (context.Request.Query[name] is [{ Length: > 0 } text, ..])
            {
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 200 or > 599)
                {
                    return Results.Json(
                        new VaultErrorBody([$"{name}: use a status from 200 to 599"]), statusCode: StatusCodes.Status400BadRequest);
                }

                codes[name] = code;
            }
        }

        var ready = await IsReady(checks, cancellationToken);
        var body = new HealthBody(
            Initialized: true,
            Sealed: !ready,
            Standby: false,
            PerformanceStandby: false,
            ReplicationPerformanceMode: "disabled",
            ReplicationDrMode: "disabled",
            clock.GetUtcNow().ToUnixTimeSeconds(),
            Version,
            Cluster,
            Hoop.Shared.DefaultOrganization.Id.ToString(),
            Enterprise: false);
        var status = ready ? codes.GetValueOrDefault("activecode", 200) : codes.GetValueOrDefault("sealedcode", 503);

        // A status that has no body, by HTTP's rules.
        return status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            ? Results.StatusCode(status)
            : Results.Json(body, statusCode: status);
    }

    private static async Task<IResult> SealStatus(HealthCheckService checks, CancellationToken cancellationToken) => Results.Ok(
        new SealBody(
            "shamir",
            Initialized: true,
            Sealed: !await IsReady(checks, cancellationToken),
            T: 1,
            N: 1,
            Progress: 0,
            Nonce: "",
            Version,
            BuildDate: "",
            Migration: false,
            Cluster,
            Hoop.Shared.DefaultOrganization.Id.ToString(),
            RecoverySeal: false,
            StorageType: "postgresql"));

    private static IResult Init() => Results.Ok(new InitBody(Initialized: true));

    private static IResult Leader(PublicAddress address) => Results.Ok(
        new LeaderBody(
            HaEnabled: false,
            IsSelf: true,
            ActiveTime: "0001-01-01T00:00:00Z",
            LeaderAddress: address.Text,
            LeaderClusterAddress: "",
            PerformanceStandby: false,
            PerformanceStandbyLastRemoteWal: 0));

    private static async Task<bool> IsReady(HealthCheckService checks, CancellationToken cancellationToken) =>
        (await checks.CheckHealthAsync(check => check.Tags.Contains("ready"), cancellationToken)).Status != HealthStatus.Unhealthy;

    private sealed record HealthBody(
        bool Initialized,
        bool Sealed,
        bool Standby,
        bool PerformanceStandby,
        string ReplicationPerformanceMode,
        string ReplicationDrMode,
        long ServerTimeUtc,
        string Version,
        string ClusterName,
        string ClusterId,
        bool Enterprise);

    private sealed record SealBody(
        string Type,
        bool Initialized,
        bool Sealed,
        int T,
        int N,
        int Progress,
        string Nonce,
        string Version,
        string BuildDate,
        bool Migration,
        string ClusterName,
        string ClusterId,
        bool RecoverySeal,
        string StorageType);

    private sealed record InitBody(bool Initialized);

    private sealed record LeaderBody(
        bool HaEnabled,
        bool IsSelf,
        string ActiveTime,
        string LeaderAddress,
        string LeaderClusterAddress,
        bool PerformanceStandby,
        [property: JsonPropertyName("performance_standby_last_remote_wal")] long PerformanceStandbyLastRemoteWal);
}
