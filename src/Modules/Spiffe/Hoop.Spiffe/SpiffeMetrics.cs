using System.Diagnostics.Metrics;

namespace Hoop.Spiffe;

/// <summary>The module's numbers, meter <c>Hoop.Spiffe</c>.</summary>
internal sealed class SpiffeMetrics(IMeterFactory meters)
{
    public const string MeterName = "Hoop.Spiffe";

    private readonly Counter<long> _refusals = meters.Create(MeterName).CreateCounter<long>(
        "hoop.spiffe.refusals", "{token}", "JWT-SVIDs that led to no agent, by reason.");

    /// <param name="code">Of a closed list: it becomes a label.</param>
    public void Refused(string code) => _refusals.Add(1, new KeyValuePair<string, object?>("code", code));
}
