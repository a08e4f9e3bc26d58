using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;

namespace Hoop.Identity.Logins;

/// <summary>
/// How a mount of type jwt verifies tokens: kept and served in one form, by Vault's names. Exactly one of the discovery URL, the URL of a
/// key set and the public keys is there.
/// </summary>
/// <param name="OidcDiscoveryUrl">Of the issuer, without <c>.well-known</c>; then it is also what tokens carry as <c>iss</c>.</param>
/// <param name="JwtValidationPubkeys">PEM.</param>
/// <param name="JwtSupportedAlgs">Empty for all that are understood.</param>
/// <param name="DefaultRole">Of a sign-in that names none; may be empty.</param>
internal sealed record LoginConfig(
    string OidcDiscoveryUrl,
    string OidcDiscoveryCaPem,
    string JwksUrl,
    string JwksCaPem,
    string[] JwtValidationPubkeys,
    string[] JwtSupportedAlgs,
    string BoundIssuer,
    string DefaultRole)
{
    /// <summary>Announced with the accessor of the mount whenever its settings change.</summary>
    public const string Topic = "login_configs";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>What <c>iss</c> must be; null when it may be anything.</summary>
    public string? ExpectedIssuer => BoundIssuer.Length > 0 ? BoundIssuer : OidcDiscoveryUrl.Length > 0 ? OidcDiscoveryUrl : null;

    /// <summary>The keys have no names, so each is tried.</summary>
    public bool HasBareKeys => JwtValidationPubkeys.Length > 0;

    public bool Allows(JwsAlgorithm algorithm) =>
        JwtSupportedAlgs.Length == 0 || Array.Exists(JwtSupportedAlgs, name => JwsAlgorithms.Find(name) == algorithm);

    /// <summary>Where its keys are fetched, under the rules for admins' URLs.</summary>
    public OutboundOptions Outbound(OutboundOptions rules)
    {
        var pem = OidcDiscoveryUrl.Length > 0 ? OidcDiscoveryCaPem : JwksCaPem;
        return pem.Length == 0 ? rules : rules with { Roots = PemRoots.Parse(pem) };
    }

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static LoginConfig FromStored(string settings) => JsonSerializer.Deserialize<LoginConfig>(settings, Json)!;
}

/// <summary>The settings as Vault answers them: with the fields of sign-ins in a browser, which are not served here.</summary>
/// <param name="Status">How its keys stand on the gateway that answers: <c>valid</c>, or why not. Not of Vault.</param>
internal sealed record LoginConfigView(
    string OidcDiscoveryUrl,
    string OidcDiscoveryCaPem,
    string OidcClientId,
    string OidcResponseMode,
    IReadOnlyList<string> OidcResponseTypes,
    string JwksUrl,
    string JwksCaPem,
    IReadOnlyList<string> JwtValidationPubkeys,
    IReadOnlyList<string> JwtSupportedAlgs,
    string BoundIssuer,
    string DefaultRole,
    IReadOnlyDictionary<string, string> ProviderConfig,
    bool NamespaceInState,
    string Status)
{
    public static LoginConfigView Of(LoginConfig config, string status) => new(
        config.OidcDiscoveryUrl,
        config.OidcDiscoveryCaPem,
        OidcClientId: "",
        OidcResponseMode: "",
        OidcResponseTypes: [],
        config.JwksUrl,
        config.JwksCaPem,
        config.JwtValidationPubkeys,
        config.JwtSupportedAlgs,
        config.BoundIssuer,
        config.DefaultRole,
        new Dictionary<string, string>(),
        NamespaceInState: false,
        status);
}
