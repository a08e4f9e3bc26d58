using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace Hoop.StandIns;

/// <summary>
/// Stand-in for a SPIFFE control plane: a throw-away trust domain that mints JWT-SVIDs (JWT-SVID standard) and serves its bundle
/// (Trust Domain and Bundle standard, section 4) at a loopback URL. For use from many threads.
/// </summary>
public sealed class SpiffeIssuerStandIn : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SigningKey> _keys = [];
    private readonly List<SigningKey> _retired = [];
    private readonly List<JsonObject> _foreign = [];
    private readonly TimeProvider _clock;
    private LoopbackServer? _server;
    private long _sequence;

    private SpiffeIssuerStandIn(string trustDomain, TimeProvider clock) => (TrustDomain, _clock) = (trustDomain, clock);

    /// <summary>The name without scheme.</summary>
    public string TrustDomain { get; }

    public string BundleUrl => _server!.Address + "/bundle";

    /// <summary>Faults and counter of <see cref="BundleUrl"/>.</summary>
    public DocumentEndpoint BundleEndpoint { get; } = new("/bundle");

    /// <summary>Seconds in <c>spiffe_refresh_hint</c>; null leaves the member out.</summary>
    public int? RefreshHint { get; set; } = 300;

    /// <summary>Replaces the counter in <c>spiffe_sequence</c>: a bundle that goes back in time.</summary>
    public long? SequenceOverride { get; set; }

    /// <summary>The key that signs now: the one made last and still in the bundle.</summary>
    /// <exception cref="InvalidOperationException">Every key has been removed.</exception>
    public SigningKey SigningKey
    {
        get
        {
            lock (_gate)
            {
                return _keys.Count > 0 ? _keys[^1] : throw new InvalidOperationException("Every key of the trust domain has been removed.");
            }
        }
    }

    /// <param name="trustDomain">Name of the trust domain.</param>
    /// <param name="algorithm">Of the first key: ES256, ES384, RS256 and the rest of <see cref="SigningKey.Create"/>.</param>
    /// <param name="keyId">Of the first key; random when absent.</param>
    /// <param name="clock">Dates tokens; the system's when absent.</param>
    /// <param name="port">0 lets the system choose.</param>
    public static async Task<SpiffeIssuerStandIn> Start(
        string trustDomain = "example.test", string algorithm = "ES256", string? keyId = null, TimeProvider? clock = null, int port = 0)
    {
        var issuer = new SpiffeIssuerStandIn(trustDomain, clock ?? TimeProvider.System);
        issuer.RotateKey(algorithm, keyId);
        issuer._server = await LoopbackServer.Start(
            (server, application) =>
                application.MapGet("/bundle", context => issuer.BundleEndpoint.Answer(server, context, issuer.Bundle())),
            port);
        return issuer;
    }

    /// <summary>A new key that signs from now on; the ones before stay in the bundle. Returns its <c>kid</c>.</summary>
    public string RotateKey(string algorithm = "ES256", string? keyId = null)
    {
        var key = SigningKey.Create(algorithm, keyId);
        lock (_gate)
        {
            _keys.Add(key);
            _sequence++;
        }

        return key.KeyId;
    }

    /// <summary>Takes a key out of the bundle: tokens signed with it are revoked. The key can still sign, as a stolen one can.</summary>
    /// <returns>The removed key, or null when no key has that <c>kid</c>.</returns>
    public SigningKey? RemoveKey(string keyId)
    {
        lock (_gate)
        {
            var key = _keys.Find(one => one.KeyId == keyId);
            if (key is not null)
            {
                _keys.Remove(key);
                _retired.Add(key);
                _sequence++;
            }

            return key;
        }
    }

    /// <summary>
    /// Puts an X.509 authority (<c>use: x509-svid</c> with <c>x5c</c>) into the bundle, as SPIRE's bundles have it. Returns its key:
    /// a JWT-SVID signed with it must be refused (JWT-SVID standard, section 4.1).
    /// </summary>
    public SigningKey AddX509Authority(string? keyId = null)
    {
        var key = SigningKey.Create("ES256", keyId);
        using var pair = ECDsa.Create();
        pair.ImportFromPem(key.PrivatePem());
        var now = _clock.GetUtcNow();
        using var certificate = new CertificateRequest(
            "O=Stand-in authority", pair, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        var jwk = key.PublicJwk("x509-svid");
        jwk["x5c"] = new JsonArray(Convert.ToBase64String(certificate.RawData));
        lock (_gate)
        {
            _retired.Add(key);
            _foreign.Add(jwk);
            _sequence++;
        }

        return key;
    }

    /// <summary>Puts any further element into the bundle's <c>keys</c>: an unknown <c>use</c> or <c>kty</c>, a broken key.</summary>
    public void AddElement(JsonObject element)
    {
        lock (_gate)
        {
            _foreign.Add(element);
            _sequence++;
        }
    }

    /// <summary>The bundle document with every current key.</summary>
    public string Bundle()
    {
        lock (_gate)
        {
            JsonNode[] elements = [.. _keys.Select(key => key.PublicJwk("jwt-svid")), .. _foreign.Select(element => element.DeepClone())];
            var bundle = new JsonObject { ["keys"] = new JsonArray(elements), ["spiffe_sequence"] = SequenceOverride ?? _sequence };
            if (RefreshHint is { } hint)
            {
                bundle["spiffe_refresh_hint"] = hint;
            }

            return bundle.ToJsonString();
        }
    }

    /// <summary>Writes the bundle so that a reader sees the old or the new document, never a part.</summary>
    public void WriteBundle(string path)
    {
        var temporary = path + ".new";
        File.WriteAllText(temporary, Bundle());
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>
    /// A JWT-SVID (sections 2 and 3): <c>sub</c>, <c>aud</c>, <c>exp</c>, <c>iat</c>, signed with <see cref="SigningKey"/>.
    /// </summary>
    /// <param name="spiffeId">The subject, put in as it is.</param>
    /// <param name="audience">One audience, put in as an array, as SPIRE does.</param>
    /// <param name="lifetime">Five minutes when absent; negative for an expired one.</param>
    /// <param name="variant">What to make wrong.</param>
    public string MintSvid(string spiffeId, string audience, TimeSpan? lifetime = null, TokenVariant? variant = null)
    {
        var now = _clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["sub"] = spiffeId,
            ["aud"] = new JsonArray(audience),
            ["exp"] = now.Add(lifetime ?? TimeSpan.FromMinutes(5)).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
        };
        return TokenVariant.Mint(variant?.Key ?? SigningKey, new JsonObject { ["typ"] = "JWT" }, claims, variant);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        foreach (var key in _keys.Concat(_retired))
        {
            key.Dispose();
        }
    }
}
