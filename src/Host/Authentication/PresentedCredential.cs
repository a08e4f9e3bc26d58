using Hoop.Shared.Callers;
using Hoop.Shared.Secrets;

namespace Hoop.Host.Authentication;

/// <summary>
/// The one credential of a request: <c>Authorization: Bearer</c>, or Vault's <c>X-Vault-Token</c>. With two of them, a proxy, a policy
/// and a handler may each look at another one, so two are refused, also two equal ones. Whose opaque text it is, <c>X-Hoop-Issuer</c> may
/// say: the issuer then belongs to the credential, so the same text for another issuer is another one.
/// </summary>
internal static class PresentedCredential
{
    private const string Scheme = "Bearer ";
    private const string IssuerHeader = "X-Hoop-Issuer";
    private const int MaxIssuer = 512;

    /// <summary>Null when the request carries none.</summary>
    public static Verdict<SecretText>? In(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var (authorization, vault) = (headers.Authorization, headers["X-Vault-Token"]);
        Verdict<SecretText>? credential = (authorization.Count, vault.Count) switch
        {
            (0, 0) => default(Verdict<SecretText>?),
            (1, 0) => Bearer(authorization[0] ?? ""),
            (0, 1) => Of(vault[0] ?? "", from: 0),
            _ => Refusal.Malformed("the request carries more than one credential"),
        };
        return credential is { Accepted: true, Proven: var one } && headers[IssuerHeader] is { Count: > 0 } issuers
            ? Named(one, issuers.Count == 1 ? issuers[0] ?? "" : "")
            : credential;
    }

    // A token that says itself whose it is needs nobody to say it.
    private static Verdict<SecretText> Named(SecretText credential, string issuer) =>
        TokenShapes.OfOutside(credential.RevealSpan()) != TokenShape.OpaqueToken ? credential
        : issuer.Length is 0 or > MaxIssuer || issuer.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? Refusal.Malformed("X-Hoop-Issuer names no issuer")
        : new SecretText($"{issuer}{TokenShapes.Divider}{credential.Reveal()}");

    // RFC 9110 section 11.1: the name of a scheme is compared without regard to case.
    private static Verdict<SecretText> Bearer(string header) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Of(header, Scheme.Length)
            : Refusal.Malformed("Authorization is not of the scheme Bearer");

    private static Verdict<SecretText> Of(string header, int from) =>
        header.Length > from ? new SecretText(header, from) : Refusal.Malformed("the token is empty");
}
