using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hoop.Identity.TokenKeys;

/// <summary>The version of a key that signs now, ready to. For any number of threads.</summary>
/// <param name="keyId">The <c>kid</c>.</param>
/// <param name="key">The named key.</param>
/// <param name="issuer">The <c>iss</c> of its tokens.</param>
/// <param name="pkcs8">The private half.</param>
internal sealed class Signer(Guid keyId, SigningKey key, string issuer, byte[] pkcs8)
{
    // RSA and ECDsa do not promise to be safe for several threads: each object serves one at a time. They end with the garbage collector,
    // since another thread may be in the middle of a signature when the key is forgotten.
    private readonly AsymmetricAlgorithm?[] _idle = new AsymmetricAlgorithm?[Math.Clamp(Environment.ProcessorCount, 1, 16)];

    private readonly string _algorithm = key.Algorithm;

    public Guid KeyId => keyId;

    public SigningKey Key => key;

    public string Issuer => issuer;

    /// <summary>The compact JWS of these claims, RFC 7515 section 7.1.</summary>
    public string Sign(ReadOnlySpan<byte> claims)
    {
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteString("alg", _algorithm);
            json.WriteString("kid", keyId);
            json.WriteEndObject();
        }

        var input = $"{Base64Url.EncodeToString(header.WrittenSpan)}.{Base64Url.EncodeToString(claims)}";
        var native = Rent();
        try
        {
            return $"{input}.{Base64Url.EncodeToString(KeyMaterial.Sign(_algorithm, native, Encoding.ASCII.GetBytes(input)))}";
        }
        finally
        {
            Return(native);
        }
    }

    private AsymmetricAlgorithm Rent()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.Exchange(ref _idle[i], null) is { } native)
            {
                return native;
            }
        }

        return KeyMaterial.Import(_algorithm, pkcs8);
    }

    private void Return(AsymmetricAlgorithm native)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], native, null) is null)
            {
                return;
            }
        }

        native.Dispose();
    }
}
