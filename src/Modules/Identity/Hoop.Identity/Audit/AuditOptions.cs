using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Identity.Audit;

/// <summary>How long the audit trail is kept: <c>HOOP_AUDIT_RETENTION</c>.</summary>
/// <param name="Retention">Null: forever.</param>
internal sealed record AuditOptions(TimeSpan? Retention)
{
    /// <exception cref="ConfigurationException">It is not a duration of at least a day.</exception>
    public static AuditOptions From(IConfiguration configuration) => new(
        configuration.Text("HOOP_AUDIT_RETENTION") is null
            ? null
            : configuration.Duration("HOOP_AUDIT_RETENTION", TimeSpan.MaxValue, least: TimeSpan.FromDays(1),
                most: TimeSpan.FromDays(36_500)));
}
