using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Bare;

/// <summary>The check of a bearer token and nothing else: the signature of ES256 and the end, or a look by hash.</summary>
/// <param name="key">SPKI, base64; null where no token is checked.</param>
internal sealed class Tokens(string? key)
{
    private const string Scheme = "Bearer ";

    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly ECDsa? _key = Read(key);

    /// <summary>The first time a token is taken as it is; from then on it is looked for by its hash.</summary>
    public bool Known(string header)
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(header)));
        return _known.ContainsKey(hash) || _known.TryAdd(hash, true);
    }

    public bool Verify(string header)
    {
        var token = header[Scheme.Length..];
        var (first, last) = (token.IndexOf('.', StringComparison.Ordinal), token.LastIndexOf('.'));
        using var claims = System.Text.Json.JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(first + 1, last - first - 1)));
        return claims.RootElement.GetProperty("exp").GetInt64() > DateTimeOffset.UtcNow.ToUnixTimeSeconds()
            && _key!.VerifyData(
                Encoding.ASCII.GetBytes(token[..last]), Base64Url.DecodeFromChars(token.AsSpan(last + 1)), HashAlgorithmName.SHA256);
    }

    private static ECDsa? Read(string? key)
    {
        if (key is null)
        {
            return null;
        }

        var read = ECDsa.Create();
        read.ImportSubjectPublicKeyInfo(Convert.FromBase64String(key), out _);
        return read;
    }
}
