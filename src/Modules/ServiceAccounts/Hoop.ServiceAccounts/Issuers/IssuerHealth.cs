using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// The state of the identity provider's keys. Without them the gateway still serves everybody else, so it is never worse than
/// degraded.
/// </summary>
internal sealed class IssuerHealth(IssuerKeys keys) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (keys.Snapshot is not { } snapshot)
        {
            return Task.FromResult(HealthCheckResult.Healthy("disabled: HOOP_OIDC_ISSUER is not set"));
        }

        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        if (snapshot.Age is { } age)
        {
            data["age_seconds"] = (long)age.TotalSeconds;
        }

        if (snapshot.LastError is { } error)
        {
            data["last_error"] = error.Code;
        }

        if (snapshot.Value is { } ring)
        {
            data["keys"] = ring.Count;
            if (ring.Skipped.Count > 0)
            {
                data["skipped"] = ring.Skipped.Take(5).ToArray();
            }
        }

        return Task.FromResult(snapshot switch
        {
            { Value.Count: 0 } => HealthCheckResult.Degraded("the key set holds no usable key: access tokens are refused", data: data),
            { Value: null } => HealthCheckResult.Degraded("no usable keys: access tokens are refused", data: data),
            { LastError: not null } => HealthCheckResult.Degraded("the last refresh failed, the last good keys are in use", data: data),
            _ => HealthCheckResult.Healthy(data: data),
        });
    }
}
