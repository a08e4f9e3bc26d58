using Hoop.Shared.Jose;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// What a JWT-SVID must satisfy beyond its standard. Immutable: a changed configuration is a new object with a new
/// <see cref="Version"/>.
/// </summary>
internal sealed class JwtSvidOptions
{
    /// <summary>
    /// Thirty seconds: SPIRE issues SVIDs that live five minutes, so this adds a tenth, and clocks kept by NTP never differ by so much.
    /// </summary>
    public static readonly TimeSpan DefaultLeeway = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _audiences;

    /// <param name="audiences">At least one; a token must name one of them exactly.</param>
    /// <param name="leeway">Tolerance for <c>exp</c>, <c>nbf</c> and <c>iat</c>, from zero to sixty seconds.</param>
    /// <param name="maxLifetime"><c>HOOP_SPIFFE_MAX_TTL</c>: how far <c>exp</c> may lie ahead; null: any distance. No leeway is
    /// added.</param>
    /// <exception cref="ArgumentException">No audience, an empty one, or a time outside its limits.</exception>
    public JwtSvidOptions(IEnumerable<string> audiences, TimeSpan? leeway = null, TimeSpan? maxLifetime = null)
    {
        _audiences = new HashSet<string>(audiences, StringComparer.Ordinal);
        Leeway = leeway ?? DefaultLeeway;
        MaxLifetime = maxLifetime;
        if (_audiences.Count == 0 || _audiences.Contains(""))
        {
            throw new ArgumentException("At least one audience is needed, and none may be empty.", nameof(audiences));
        }

        if (Leeway < TimeSpan.Zero || Leeway > TokenTimes.MaxLeeway)
        {
            throw new ArgumentOutOfRangeException(nameof(leeway), leeway, "The leeway must be from 0 to 60 seconds.");
        }

        if (MaxLifetime <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(maxLifetime), maxLifetime, "The cap on the lifetime must be positive.");
        }
    }

    public IReadOnlySet<string> Audiences => _audiences;

    public TimeSpan Leeway { get; }

    public TimeSpan? MaxLifetime { get; }

    /// <summary>New for each object: what was remembered under another configuration is not used under this one (CVE-2026-33496).</summary>
    public Guid Version { get; } = Guid.NewGuid();

    /// <summary>Exact and ordinal: no folding of case, no substring, no slash added or taken away (CVE-2024-5798).</summary>
    public bool Accepts(IReadOnlyList<string> audience)
    {
        for (var i = 0; i < audience.Count; i++)
        {
            if (_audiences.Contains(audience[i]))
            {
                return true;
            }
        }

        return false;
    }
}
