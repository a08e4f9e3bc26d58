using Hoop.Shared.Configuration;
using Hoop.Spiffe.TrustDomains;
using Microsoft.Extensions.Configuration;

namespace Hoop.Spiffe;

/// <summary>The module's settings, read once at start.</summary>
/// <param name="Enforced">False: JWT-SVIDs are refused, everything else works.</param>
/// <param name="Configured">The operator's trust domain; set exactly when <paramref name="Enforced"/>.</param>
/// <param name="Audience">What <c>aud</c> must hold, byte for byte.</param>
/// <param name="RefreshPeriod">How often a bundle is fetched again, unless it or its trust domain says otherwise.</param>
/// <param name="BundleMaxAge">How long the last good bundle counts when fetching fails.</param>
/// <param name="MaxTtl">The longest remaining life of a token; null: no limit.</param>
/// <param name="Leeway">For clocks that differ; at most a minute.</param>
/// <param name="RequirePrefixBoundary">Refuses prefixes that end inside a path segment.</param>
internal sealed record SpiffeOptions(
    bool Enforced,
    ConfiguredTrustDomain? Configured,
    string Audience,
    TimeSpan RefreshPeriod,
    TimeSpan BundleMaxAge,
    TimeSpan? MaxTtl,
    TimeSpan Leeway,
    bool RequirePrefixBoundary)
{
    private const string DefaultAudience = "hoop-gateway";

    private static readonly TimeSpan DefaultRefreshPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultMaxAge = TimeSpan.FromHours(24);

    /// <exception cref="ConfigurationException">A setting is wrong. While the mode is disabled only the mode and the prefix rule are read.</exception>
    public static SpiffeOptions From(IConfiguration configuration)
    {
        var boundary = configuration.Text("HOOP_SPIFFE_PREFIX_BOUNDARY") switch
        {
            null or "optional" => false,
            "required" => true,
            _ => throw new ConfigurationException("HOOP_SPIFFE_PREFIX_BOUNDARY", "must be optional or required"),
        };
        return configuration.Text("HOOP_SPIFFE_MODE") switch
        {
            null or "disabled" => new SpiffeOptions(false, null, DefaultAudience, DefaultRefreshPeriod, DefaultMaxAge, null, TimeSpan.Zero, boundary),
            "enforce" => Enforce(configuration, boundary),
            _ => throw new ConfigurationException("HOOP_SPIFFE_MODE", "must be disabled or enforce"),
        };
    }

    private static SpiffeOptions Enforce(IConfiguration configuration, bool boundary) => new(
        Enforced: true,
        ConfiguredTrustDomain.From(configuration),
        configuration.Text("HOOP_SPIFFE_AUDIENCE") ?? DefaultAudience,
        configuration.Duration("HOOP_SPIFFE_REFRESH_PERIOD", DefaultRefreshPeriod, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        configuration.Duration("HOOP_SPIFFE_BUNDLE_MAX_AGE", DefaultMaxAge, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
        configuration.Text("HOOP_SPIFFE_MAX_TTL") is null ? null : configuration.Duration("HOOP_SPIFFE_MAX_TTL", default, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
        configuration.Duration("HOOP_SPIFFE_LEEWAY", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
        boundary);
}
