using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Federation.Sessions;

/// <summary>What sessions may take.</summary>
/// <param name="PerCaller">Open at once on this gateway.</param>
/// <param name="PerOrganization">Open at once on this gateway.</param>
/// <param name="Rows">Of sessions that are over, kept for an organization; the oldest go first.</param>
/// <param name="Keep">How long they are kept at most.</param>
/// <param name="DryRuns">Of one caller in a minute, on this gateway.</param>
internal sealed record SessionLimits(int PerCaller, int PerOrganization, int Rows, TimeSpan Keep, int DryRuns)
{
    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static SessionLimits From(IConfiguration configuration) => new(
        configuration.Number("HOOP_SESSIONS_PER_CALLER", 100, 1, 100_000),
        configuration.Number("HOOP_SESSIONS_PER_ORG", 1000, 1, 1_000_000),
        configuration.Number("HOOP_SESSION_ROWS", 100_000, 1, 10_000_000),
        configuration.Duration(
            "HOOP_SESSION_RETENTION", TimeSpan.FromDays(90), TimeSpan.FromHours(1), TimeSpan.FromDays(3650)),
        configuration.Number("HOOP_DRY_RUNS_PER_MINUTE", 30, 1, 100_000));
}
