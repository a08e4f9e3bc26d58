using Hoop.Federation.Sessions;
using Hoop.Shared.Quotas;

namespace Hoop.Federation.DryRuns;

/// <summary>How often a caller may try a policy: each try mints at the provider and runs a command.</summary>
internal sealed class DryRunRate(SessionLimits limits, TimeProvider clock)
{
    private readonly MinuteRate<(Guid OrgId, string Caller)> _rate = new(limits.DryRuns, clock);

    /// <summary>Null while there is one more; else what to answer.</summary>
    public Error? Refuses(Caller caller) => _rate.Take((caller.OrgId, caller.Alias.ToString())) is { } wait
        ? Error.TooMany($"at most {limits.DryRuns} dry runs in a minute; wait a little", wait, "too_many_dry_runs")
        : null;
}
