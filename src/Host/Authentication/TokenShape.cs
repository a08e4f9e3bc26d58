using System.Buffers.Text;
using System.Text.Json;
using Hoop.Shared.Jose;

namespace Hoop.Host.Authentication;

/// <summary>Which verifier a bearer token belongs to. Decided once, by shape; there is never a second try with another verifier.</summary>
internal enum TokenShape
{
    /// <summary>Not a credential of any kind: refused without a look into the database.</summary>
    Unknown,

    /// <summary>An API token that was generated here: it begins with <c>hpk_</c>.</summary>
    ApiToken,

    /// <summary>Other opaque text: a token that the operator chose, or one of a provider that is asked about it.</summary>
    OpaqueToken,

    /// <summary>
    /// Opaque text for which <c>X-Hoop-Issuer</c> names the issuer: both, divided by what no header can hold.
    /// </summary>
    NamedToken,

    /// <summary>A token of Vault's kind: it begins with <c>hvs.</c>.</summary>
    VaultToken,

    /// <summary>An agent's key, bare or inside its DSN.</summary>
    AgentKey,

    /// <summary>A JWT whose <c>sub</c> is a SPIFFE ID.</summary>
    JwtSvid,

    /// <summary>Any other JWT.</summary>
    AccessToken,
}

internal static class TokenShapes
{
    /// <summary>In characters; checked before anything is split or decoded.</summary>
    public const int MaxLength = CompactJws.MaxLength;

    /// <summary>Between the issuer and a <see cref="TokenShape.NamedToken"/>.</summary>
    public const char Divider = '\n';

    public static TokenShape Of(ReadOnlySpan<char> token)
    {
        if (OfOutside(token) is { } shape)
        {
            return shape;
        }

        var (first, last) = (token.IndexOf('.'), token.LastIndexOf('.'));
        return OfClaims(token[(first + 1)..last]);
    }

    /// <summary>As <see cref="Of"/>, and null for a JWT, of which only its claims tell the kind.</summary>
    public static TokenShape? OfOutside(ReadOnlySpan<char> token)
    {
        if (token.Length is > 0 and <= MaxLength && token.IndexOf(Divider) is > 0 and var divider)
        {
            return token[..divider].ContainsAnyExceptInRange('!', '~') || OfOutside(token[(divider + 1)..]) != TokenShape.OpaqueToken
                ? TokenShape.Unknown
                : TokenShape.NamedToken;
        }

        if (token.Length is 0 or > MaxLength || token.ContainsAnyExceptInRange('!', '~'))
        {
            return TokenShape.Unknown;
        }

        if (token.StartsWith("xagt-") || token.Contains("://", StringComparison.Ordinal))
        {
            return TokenShape.AgentKey;
        }

        if (token.StartsWith("hvs."))
        {
            return TokenShape.VaultToken;
        }

        var (first, last) = (token.IndexOf('.'), token.LastIndexOf('.'));
        if (first == last || token[(first + 1)..last].Contains('.'))
        {
            return token.StartsWith("hpk_") ? TokenShape.ApiToken : TokenShape.OpaqueToken;
        }

        return first == 0 || last == first + 1 || last == token.Length - 1 ? TokenShape.Unknown : null;
    }

    /// <summary>For the audit trail.</summary>
    public static string NameOf(ReadOnlySpan<char> token) => Of(token) switch
    {
        TokenShape.ApiToken or TokenShape.OpaqueToken => "api_token",
        TokenShape.NamedToken => "access_token",
        TokenShape.VaultToken => "vault_token",
        TokenShape.AgentKey => "agent_key",
        TokenShape.JwtSvid => "jwt_svid",
        TokenShape.AccessToken => "access_token",
        _ => "unknown",
    };

    // Nothing is believed here. The claims only choose the verifier, which then checks all of them strictly: a repeated sub
    // sends the token to one of the two, and both refuse it.
    private static TokenShape OfClaims(ReadOnlySpan<char> segment)
    {
        Span<byte> decoded = segment.Length <= 2048 ? stackalloc byte[2048] : new byte[segment.Length];
        if (Base64Url.DecodeFromChars(segment, decoded, out _, out var length) != System.Buffers.OperationStatus.Done)
        {
            return TokenShape.Unknown;
        }

        try
        {
            var reader = new Utf8JsonReader(decoded[..length], new JsonReaderOptions { MaxDepth = CompactJws.MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return TokenShape.Unknown;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isSubject = reader.ValueTextEquals("sub"u8);
                reader.Read();
                if (isSubject)
                {
                    return reader.TokenType == JsonTokenType.String
                        && reader.GetString()!.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase)
                        ? TokenShape.JwtSvid
                        : TokenShape.AccessToken;
                }

                reader.Skip();
            }

            return TokenShape.AccessToken;
        }
        catch (JsonException)
        {
            return TokenShape.Unknown;
        }
        catch (InvalidOperationException)
        {
            // GetString on text that is not valid UTF-16.
            return TokenShape.Unknown;
        }
    }
}
