using Hoop.Shared.Outbound;
using Hoop.Shared.Sources;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>A trust domain that this gateway knows, and its keys.</summary>
/// <param name="OrgId">The one organization it belongs to.</param>
/// <param name="Version">When its row was last changed; null for the configured one, which has no row.</param>
internal sealed record TrustDomainEntry(
    Guid Id, Guid OrgId, TrustDomain Name, DateTime? Version, KeySource<Bundle> Keys) : IWatchedSource
{
    public string Source => Name.Name;

    bool IWatchedSource.IsInline => Keys.Name == "inline";

    public Bundle? Bundle => Keys.Snapshot.Value;

    public BundleState State => BundleState.Of(Keys.Snapshot);

    /// <summary>What a lookup has read of the row agrees with this entry, so the keys are those of the source that counts now.</summary>
    public bool IsCurrent(DateTime? version) => Version is null || Version == version;

    public Task Start() => Keys.Start();

    [Effect("fetches keys")]
    public Task Refresh(CancellationToken cancellationToken) => Keys.RefreshNow(cancellationToken);

    public ValueTask DisposeAsync() => Keys.DisposeAsync();
}

/// <summary>Makes key sources for bundles.</summary>
internal sealed class BundleKeys(
    SpiffeOptions options, OutboundHttp http, CoherentMemory memory, TimeProvider clock, ILogger<BundleKeys> logger)
{
    // A hint lets a gateway ask less often; a withdrawn key must not live longer for it.
    private static readonly TimeSpan LongestHint = TimeSpan.FromMinutes(5);

    /// <param name="period">How often to fetch; null leaves it to the bundle's hint and the gateway's setting.</param>
    public KeySource<Bundle> Open(TrustDomain name, BundleSource source, TimeSpan? period, OutboundOptions outbound)
    {
        period ??= options.RefreshPeriod;
        var keys = new KeySourceOptions<Bundle>
        {
            Period = period ?? SpiffeOptions.DefaultRefreshPeriod,
            RefreshHint = period is null && source.Url is not null ? bundle =>
                bundle.RefreshHint > LongestHint ? LongestHint : bundle.RefreshHint : null,
            MaxAge = options.BundleMaxAge,
            Accept = RefuseOlder,
            Changed = snapshot =>
            {
                logger.LogInformation(
                    "Bundle loaded: trust_domain={TrustDomain} audience={Audience} keys={Keys} sequence={Sequence}",
                    name, options.Audience, snapshot.Value?.Keys.Count, snapshot.Value?.Sequence);
                if (snapshot.Value is { Keys.Count: 0 } bundle)
                {
                    logger.LogWarning(
                        "The bundle of {TrustDomain} holds no key that verifies JWT-SVIDs, so its tokens are refused: {Skipped}",
                        name, bundle.Keys.Skipped.Count == 0 ? "it holds no key at all" : string.Join("; ", bundle.Keys.Skipped.Take(5)));
                }

                _ = memory.Changed(StoredTrustDomain.Topic, SourceChange.LoadedOf(name.Name));
            },
        };
        return new KeySource<Bundle>(
            source.Open(http, outbound), document => BundleParser.Parse(name, document, clock.GetUtcNow()), keys, clock, logger);
    }

    /// <summary>Trust Domain and Bundle section 4.1.1: the sequence only grows, so a smaller one is an older state.</summary>
    private static Error? RefuseOlder(Bundle current, Bundle offered) => offered.Sequence < current.Sequence
        ? Error.Unavailable(
            $"spiffe_sequence went back from {current.Sequence} to {offered.Sequence}; the newer bundle stays in use until it is too old",
            "bundle_sequence")
        : null;
}
