using System.Text.Json.Nodes;

namespace Hoop.StandIns;

/// <summary>How a minted token departs from a good one. Every member is optional, and the signature is always over what is sent.</summary>
public sealed record TokenVariant
{
    /// <summary>Replaces the <c>kid</c> of the header; an empty text removes it.</summary>
    public string? KeyId { get; init; }

    /// <summary>Replaces the <c>alg</c> of the header; the key signs with its own algorithm all the same.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Signs with another key; its <c>kid</c> and <c>alg</c> stand in the header unless replaced too.</summary>
    public SigningKey? Key { get; init; }

    /// <summary>Makes the signature: no bytes at all for <c>none</c>, an HMAC for an algorithm confusion.</summary>
    public Func<byte[], byte[]>? Sign { get; init; }

    /// <summary>Header members to set; null as the value removes the member.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Header { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>Claims to set; null as the value removes the claim.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Claims { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>The header as this very text, for repeated members and other broken JSON.</summary>
    public string? HeaderText { get; init; }

    /// <summary>The claims as this very text.</summary>
    public string? ClaimsText { get; init; }

    internal static string Mint(SigningKey key, JsonObject header, JsonObject claims, TokenVariant? variant)
    {
        variant ??= new TokenVariant();
        key = variant.Key ?? key;
        header["alg"] = variant.Algorithm ?? key.Algorithm;
        header["kid"] = variant.KeyId ?? key.KeyId;
        if (variant.KeyId is "")
        {
            header.Remove("kid");
        }

        Overwrite(header, variant.Header);
        Overwrite(claims, variant.Claims);
        return SigningKey.Compact(
            variant.HeaderText ?? header.ToJsonString(), variant.ClaimsText ?? claims.ToJsonString(), variant.Sign ?? key.Sign);
    }

    private static void Overwrite(JsonObject target, IReadOnlyDictionary<string, JsonNode?> members)
    {
        foreach (var (name, value) in members)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
