namespace Hoop.Identity.ClaimTemplates;

/// <summary>The claims that the gateway itself answers for: nobody else writes them.</summary>
internal static class ReservedClaims
{
    /// <summary>Vault's list, with the two that are of this gateway at its end.</summary>
    public static readonly IReadOnlyList<string> All =
        ["iat", "aud", "exp", "iss", "sub", "namespace", "nonce", "auth_time", "at_hash", "c_hash", "jti", "nbf"];
}
