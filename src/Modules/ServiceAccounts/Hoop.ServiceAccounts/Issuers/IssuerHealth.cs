using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// The state of the issuers' keys. Without them the gateway still serves everybody else, so it is never worse than degraded. The answer
/// is open to everybody, so the organizations' own issuers are only counted.
/// </summary>
internal sealed class IssuerHealth(IssuerDirectory directory) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var entries = directory.Entries;
        if (entries.Count == 0)
        {
            return Task.FromResult(HealthCheckResult.Healthy("disabled: HOOP_OIDC_ISSUER is not set, and there are no rows of /api/issuers"));
        }

        var (data, problem) = (new Dictionary<string, object>(StringComparer.Ordinal), default(string));
        foreach (var entry in entries.Where(entry => entry.Version is null))
        {
            problem = Add(data, entry);
        }

        var states = entries.Where(entry => entry.Version is not null).Select(entry => directory.StateOf(entry.Id).State).ToList();
        if (states.Count > 0)
        {
            data["issuers"] = states.GroupBy(state => state, StringComparer.Ordinal).ToDictionary(
                group => group.Key, group => group.Count(), StringComparer.Ordinal);
            problem ??= states.TrueForAll(state => state is "current" or "loading") ? null : "keys of an issuer could not be refreshed";
        }

        return Task.FromResult(
            problem is null ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded(problem, data: data));
    }

    private static string? Add(Dictionary<string, object> data, IssuerEntry configured)
    {
        var snapshot = configured.Keys.Snapshot;
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

        return snapshot switch
        {
            { Value.Count: 0 } => "the key set holds no usable key: access tokens are refused",
            { Value: null } => "no usable keys: access tokens are refused",
            { LastError: not null } => "the last refresh failed, the last good keys are in use",
            _ => null,
        };
    }
}
