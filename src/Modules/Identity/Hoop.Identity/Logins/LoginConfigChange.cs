using System.Text;
using Hoop.Identity.Vault;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Sources;

namespace Hoop.Identity.Logins;

/// <summary>One write of a mount's settings. It replaces all of them, as in Vault.</summary>
/// <param name="Browser">The first field of sign-ins in a browser that is set, or null.</param>
internal sealed record LoginConfigChange(LoginConfig Config, string? Browser)
{
    private const int MaxKeys = 16;
    private const int MaxPem = 64 * 1024;

    public static readonly VaultFields Fields =
    [
        VaultField.Text("mount", "The mount, of the path."),
        VaultField.Text("oidc_discovery_url", "Of the issuer, without .well-known; its keys are found through discovery."),
        VaultField.Text("oidc_discovery_ca_pem", "Authorities of that URL; those of the system when left out."),
        VaultField.Text("jwks_url", "Of a key set."),
        VaultField.Text("jwks_ca_pem", "Authorities of that URL; those of the system when left out."),
        VaultField.List("jwt_validation_pubkeys", "Public keys in PEM, in place of a URL."),
        VaultField.List("jwt_supported_algs", "Which signatures are taken; all that are understood when left out."),
        VaultField.Text("bound_issuer", "What iss must be."),
        VaultField.Text("default_role", "Of a sign-in that names no role."),
        VaultField.Text("oidc_client_id", "Of sign-ins in a browser, which are not served: refused when it is not empty."),
        VaultField.Text("oidc_client_secret", "Of sign-ins in a browser, which are not served: refused when it is not empty."),
        VaultField.Text("oidc_response_mode", "Of sign-ins in a browser: taken and not used."),
        VaultField.List("oidc_response_types", "Of sign-ins in a browser: taken and not used."),
        VaultField.Values("provider_config", "What some providers need: refused when it is not empty."),
        VaultField.Flag("namespace_in_state", "Of sign-ins in a browser: taken and not used."),
    ];

    public static LoginConfigChange Read(VaultBody body) => new(
        new LoginConfig(
            body.Text("oidc_discovery_url"),
            body.Text("oidc_discovery_ca_pem"),
            body.Text("jwks_url"),
            body.Text("jwks_ca_pem"),
            body.List("jwt_validation_pubkeys").Value ?? [],
            body.List("jwt_supported_algs").Value ?? [],
            body.Text("bound_issuer"),
            AsciiCase.Fold(body.Text("default_role"))),
        body.Text("oidc_client_id").Length > 0 ? "oidc_client_id"
        : body.Text("oidc_client_secret").Length > 0 ? "oidc_client_secret"
        : body.Values("provider_config").Value is { Count: > 0 } ? "provider_config"
        : null);

    /// <summary>The first rule that this breaks, or null.</summary>
    public string? Problem(OutboundOptions outbound) =>
        Browser is not null ? $"{Browser}: sign-ins in a browser are not served here; leave it out"
        : new[] { Config.OidcDiscoveryUrl.Length > 0, Config.JwksUrl.Length > 0, Config.HasBareKeys }.Count(one => one) != 1
            ? "exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set"
        : UrlProblem("error checking oidc discovery URL", Config.OidcDiscoveryUrl, outbound)
        ?? UrlProblem("error checking jwks URL", Config.JwksUrl, outbound)
        ?? PemProblem("oidc_discovery_ca_pem", Config.OidcDiscoveryCaPem)
        ?? PemProblem("jwks_ca_pem", Config.JwksCaPem)
        ?? KeysProblem()
        ?? (Array.Find(Config.JwtSupportedAlgs, name => JwsAlgorithms.Find(name) is null) is { } unknown
            ? $"Invalid supported algorithm: {Shown(unknown)}"
        : Config.BoundIssuer.Length > 512 || Config.BoundIssuer.Any(char.IsControl)
            ? "bound_issuer: at most 512 characters, without control characters"
        : LoginRole.NameProblem(Config.DefaultRole, "default_role"));

    private static string? UrlProblem(string what, string url, OutboundOptions outbound) =>
        url.Length > 0 && OutboundUrl.Parse(url, outbound).Error is { } error ? $"{what}: {error.Message}" : null;

    private static string? PemProblem(string field, string pem) =>
        pem.Length > 0 && PemRoots.Parse(pem) is null ? $"{field}: could not parse CA PEM value successfully" : null;

    private string? KeysProblem()
    {
        if (!Config.HasBareKeys)
        {
            return null;
        }

        var keys = Config.JwtValidationPubkeys;
        return keys.Length > MaxKeys || keys.Sum(key => key.Length) > MaxPem ? $"jwt_validation_pubkeys: at most {MaxKeys} keys"
            : PemKeySet.ToJwks(keys) is not { } jwks ? "error parsing public key: use PEM of an RSA or elliptic-curve key, or a certificate"
            : !IssuerKeySource.Parse(Encoding.UTF8.GetBytes(jwks)).Succeeded(out var ring, out var error) ? error.Message
            : ring.Skipped is [var why, ..] ? $"error parsing public key: {why}"
            : null;
    }

    private static string Shown(string text) => text.Length <= 40 ? text : text[..40];
}
