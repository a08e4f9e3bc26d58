using System.Text;
using Hoop.Shared.Jose;
using Hoop.Spiffe.Svids;
using Hoop.Spiffe.TrustDomains;
using Hoop.Testing.Jose;

namespace Hoop.Spiffe.Tests.Svids;

/// <summary>Trust domains with keys made at run time, a clock that stands still, and tokens of any shape.</summary>
internal sealed class SvidFixture : IBundles
{
    public const string Audience = "hoop-gateway";

    private volatile Dictionary<TrustDomain, Bundle> _bundles = [];

    public static SigningKey Rsa { get; } = SigningKey.Create(JwsAlgorithm.RS256, "rsa");

    public static SigningKey Curve { get; } = SigningKey.Create(JwsAlgorithm.ES256, "p256");

    public StillClock Clock { get; } = new();

    /// <summary>Replaces the bundle of one trust domain as a refresh does, at once.</summary>
    public SvidFixture With(string trustDomain, string document)
    {
        var bundle = BundleParser.Parse(Domain(trustDomain), Encoding.UTF8.GetBytes(document), Clock.GetUtcNow()).Value;
        _bundles = new Dictionary<TrustDomain, Bundle>(_bundles) { [bundle.TrustDomain] = bundle };
        return this;
    }

    public SvidFixture With(string trustDomain, params SigningKey[] keys) =>
        With(trustDomain, JsonTexts.KeySet(keys.Select(key => key.Jwk("jwt-svid"))));

    public SvidFixture Without(string trustDomain)
    {
        _bundles = _bundles.Where(bundle => bundle.Key.Name != trustDomain).ToDictionary();
        return this;
    }

    public Bundle? Find(TrustDomain trustDomain) => _bundles.GetValueOrDefault(trustDomain);

    /// <summary>Of those without a bundle: what is configured, and could not be fetched.</summary>
    public string? Awaited { get; set; }

    public bool Knows(TrustDomain trustDomain) => trustDomain.Name == Awaited;

    public JwtSvidVerifier Verifier(JwtSvidOptions? options = null, SvidCache? cache = null) =>
        new(this, options ?? new JwtSvidOptions([Audience]), Clock, cache);

    /// <summary>The refusal's code, or null when the token is accepted.</summary>
    public string? Refuse(string? token, JwtSvidOptions? options = null) => Verifier(options).Verify(token).Refusal?.Code;

    /// <summary>Claims that are good for five minutes.</summary>
    public string Claims(string sub = "spiffe://customer.com/agent/arqa-prod", string aud = $"\"{Audience}\"", int seconds = 300) =>
        $$"""{"sub":"{{sub}}","aud":{{aud}},"exp":{{Clock.GetUtcNow().ToUnixTimeSeconds() + seconds}},"iat":{{Clock.GetUtcNow().ToUnixTimeSeconds()}}}""";

    public static TrustDomain Domain(string name) =>
        TrustDomain.TryParse(name, out var domain, out var reason) ? domain : throw new ArgumentException(reason, nameof(name));
}

/// <summary>Wall clock and monotonic clock, moved by hand and apart from each other.</summary>
internal sealed class StillClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _timestamp = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _timestamp;

    public void Advance(TimeSpan time)
    {
        _now += time;
        _timestamp += time.Ticks;
    }

    /// <summary>As an operator or NTP does: the monotonic clock does not notice.</summary>
    public void SetWallClock(DateTimeOffset now) => _now = now;
}
