using System.Diagnostics;
using System.Diagnostics.Metrics;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers;

/// <summary>The module's numbers, meter <c>Hoop.Federation</c>.</summary>
internal sealed class FederationMetrics
{
    public const string MeterName = "Hoop.Federation";

    private readonly Counter<long> _issued;
    private readonly Histogram<double> _duration;

    public FederationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _issued = meter.CreateCounter<long>(
            "hoop.federation.issued", "{credential}", "Credentials that a provider was asked for, by provider and outcome.");
        _duration = meter.CreateHistogram<double>(
            "hoop.federation.issue.duration", "s", "How long a provider took to give credentials, or to refuse them.");
    }

    /// <summary>A provider that counts what it is asked for.</summary>
    public IProvider Measure(IProvider provider) => new Measured(provider, this);

    // The outcome is a code of a closed list.
    private void Issued(string provider, string outcome, TimeSpan took)
    {
        var name = new KeyValuePair<string, object?>("provider", provider);
        _issued.Add(1, name, new KeyValuePair<string, object?>("outcome", outcome));
        _duration.Record(took.TotalSeconds, name);
    }

    private sealed class Measured(IProvider provider, FederationMetrics metrics) : IProvider
    {
        public string Name => provider.Name;

        public IReadOnlyList<string> ExtraKeys => provider.ExtraKeys;

        public bool TakesCredentials => provider.TakesCredentials;

        public string? Problem(ExtraConfig extra, TimeSpan lifetime) => provider.Problem(extra, lifetime);

        public string? Problem(PrincipalTemplate template, ExtraConfig extra) => provider.Problem(template, extra);

        public Result<Principal> PrincipalOf(string rendered, PrincipalTemplate? template, ExtraConfig extra) =>
            provider.PrincipalOf(rendered, template, extra);

        public bool IsOwned(PrincipalTemplate template) => provider.IsOwned(template);

        public Error? Problem(ReadOnlyMemory<byte> credentials) => provider.Problem(credentials);

        public IEnumerable<string> Warnings(PrincipalTemplate template, ExtraConfig extra) => provider.Warnings(template, extra);

        public async Task<Result<Issued>> Issue(IssueOrder order, CancellationToken cancellationToken)
        {
            var (began, outcome) = (Stopwatch.GetTimestamp(), "abandoned");
            try
            {
                var issued = await provider.Issue(order, cancellationToken);
                outcome = issued.Succeeded(out _, out var error) ? "success" : error.Code;
                return issued;
            }
            finally
            {
                metrics.Issued(Name, outcome, Stopwatch.GetElapsedTime(began));
            }
        }

        public bool IsAboutPrincipal(string code) => provider.IsAboutPrincipal(code);

        public bool Supersedes(string name, string value, Issued issued) => provider.Supersedes(name, value, issued);

        public void Drop(Guid orgId, Guid connectionId) => provider.Drop(orgId, connectionId);
    }
}
