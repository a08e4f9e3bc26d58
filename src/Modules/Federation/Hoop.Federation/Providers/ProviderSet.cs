namespace Hoop.Federation.Providers;

/// <summary>The providers of this gateway, by name.</summary>
internal sealed class ProviderSet(IEnumerable<IProvider> providers, FederationMetrics metrics)
{
    private readonly Dictionary<string, IProvider> _byName =
        providers.ToDictionary(provider => provider.Name, metrics.Measure, StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>Null when there is none of that name.</summary>
    public IProvider? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Everybody forgets what was issued for a connection.</summary>
    public void Drop(Guid orgId, Guid connectionId)
    {
        foreach (var provider in _byName.Values)
        {
            provider.Drop(orgId, connectionId);
        }
    }
}
