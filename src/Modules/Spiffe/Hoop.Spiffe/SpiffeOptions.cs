using Hoop.Shared.Configuration;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Spiffe.Svids;
using Hoop.Spiffe.TrustDomains;
using Microsoft.Extensions.Configuration;

namespace Hoop.Spiffe;

/// <summary>The module's settings, read once at start.</summary>
/// <param name="Enforced">False: JWT-SVIDs are refused, everything else works.</param>
/// <param name="Configured">The operator's trust domain; set exactly when <paramref name="Enforced"/>.</param>
/// <param name="Audience">What <c>aud</c> must hold, byte for byte.</param>
/// <param name="RefreshPeriod">How often bundles are fetched; null leaves it to each bundle's hint.</param>
/// <param name="BundleMaxAge">How long the last good bundle counts when fetching fails.</param>
/// <param name="MaxTtl">The longest remaining life of a token; null: no limit.</param>
/// <param name="Leeway">For clocks that differ; at most a minute.</param>
/// <param name="TenantOutbound">Where the bundle URLs of the API may lead.</param>
/// <param name="RequirePrefixBoundary">Refuses prefixes that end inside a path segment.</param>
internal sealed record SpiffeOptions(
    bool Enforced,
    ConfiguredTrustDomain? Configured,
    string Audience,
    TimeSpan? RefreshPeriod,
    TimeSpan BundleMaxAge,
    TimeSpan? MaxTtl,
    TimeSpan Leeway,
    OutboundOptions TenantOutbound,
    bool RequirePrefixBoundary)
{
    private const string DefaultAudience = "hoop-gateway";

    /// <summary>What every SVID and every identity is told while the mode is not <c>enforce</c>.</summary>
    public static readonly Refusal SwitchedOff = new(
        "disabled", "SPIFFE authentication is switched off on this gateway (HOOP_SPIFFE_MODE)");

    /// <summary>For bundles without a hint.</summary>
    public static readonly TimeSpan DefaultRefreshPeriod = TimeSpan.FromSeconds(30);

    /// <summary>The operator's own URL may lead into the operator's own network; never to link-local or metadata addresses.</summary>
    public static readonly OutboundOptions Outbound = new() { OperatorsOwn = true, AllowLoopback = true, AllowPrivateAddresses = true };

    private static readonly TimeSpan DefaultMaxAge = TimeSpan.FromHours(24);

    /// <summary>What the verifier needs of these.</summary>
    public JwtSvidOptions JwtSvidOptions => new([Audience], Leeway, MaxTtl);

    /// <exception cref="ConfigurationException">A setting is wrong. While the mode is disabled only the mode and the prefix rule are
    /// read.</exception>
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
            null or "disabled" =>
                new SpiffeOptions(
                    false, null, DefaultAudience, null, DefaultMaxAge, null, JwtSvidOptions.DefaultLeeway, new OutboundOptions(), boundary),
            "enforce" => Enforce(configuration, boundary),
            _ => throw new ConfigurationException("HOOP_SPIFFE_MODE", "must be disabled or enforce"),
        };
    }

    private static SpiffeOptions Enforce(IConfiguration configuration, bool boundary) => new(
        Enforced: true,
        ConfiguredTrustDomain.From(configuration),
        configuration.Text("HOOP_SPIFFE_AUDIENCE") ?? DefaultAudience,
        Optional(configuration, "HOOP_SPIFFE_REFRESH_PERIOD", TimeSpan.FromDays(1)),
        configuration.Duration("HOOP_SPIFFE_BUNDLE_MAX_AGE", DefaultMaxAge, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
        Optional(configuration, "HOOP_SPIFFE_MAX_TTL", TimeSpan.FromDays(365)),
        configuration.Duration("HOOP_SPIFFE_LEEWAY", JwtSvidOptions.DefaultLeeway, TimeSpan.Zero, TokenTimes.MaxLeeway),
        new OutboundOptions
        {
            AllowLoopback = configuration.Flag("HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"),
            AllowPrivateAddresses = configuration.Flag("HOOP_SPIFFE_ALLOW_PRIVATE_ADDRESSES"),
        },
        boundary);

    private static TimeSpan? Optional(IConfiguration configuration, string variable, TimeSpan most) =>
        configuration.Text(variable) is null ? null : configuration.Duration(variable, fallback: default, TimeSpan.FromSeconds(1), most);
}
