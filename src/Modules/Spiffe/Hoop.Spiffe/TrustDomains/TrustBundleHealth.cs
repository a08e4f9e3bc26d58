using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// <c>trust_bundle</c> of /healthz/ready. It degrades and never fails: without a bundle JWT-SVIDs are refused and everything else
/// works. The answer is open to everybody, so the tenants' trust domains are only counted; their admins see them under
/// /api/trust-domains.
/// </summary>
internal sealed class TrustBundleHealth(TrustDomainDirectory directory, SpiffeOptions options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!options.Enforced)
        {
            return Task.FromResult(HealthCheckResult.Healthy("disabled"));
        }

        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        var well = true;
        foreach (var group in directory.Entries.GroupBy(entry => entry.Version is null))
        {
            var states = group.Select(entry => (Entry: entry, entry.State, Error: entry.Keys.Snapshot.LastError?.Code)).ToList();
            well &= states.All(one => one.State.State is "current" or "loading");
            if (group.Key)
            {
                var (entry, state, error) = states[0];
                data[entry.Name.Name] = new ConfiguredState(state.State, state.Keys, state.AgeSeconds, error);
            }
            else
            {
                data["trust_domains"] = states.GroupBy(one => one.State.State, StringComparer.Ordinal).ToDictionary(
                    one => one.Key, one => one.Count(), StringComparer.Ordinal);
            }
        }

        return Task.FromResult(
            well ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded("a bundle could not be refreshed", data: data));
    }

    private sealed record ConfiguredState(string State, int Keys, int? AgeSeconds, string? LastError);
}
