using System.Security.Cryptography;
using System.Text.Json;

namespace Hoop.Federation.Minting;

/// <summary>
/// The key of the account that mints. Only what is needed is read from the file: other members may name addresses and commands of the
/// writer's choice (Google's advice is to validate a credential file from outside before use).
/// </summary>
internal sealed class AdminCredentials
{
    private const int MinKeyBits = 2048;

    private readonly string _privateKey;

    private AdminCredentials(string clientEmail, string? keyId, string tokenUri, string privateKey) =>
        (ClientEmail, KeyId, TokenUri, _privateKey) = (clientEmail, keyId, tokenUri, privateKey);

    public string ClientEmail { get; }

    public string? KeyId { get; }

    public string TokenUri { get; }

    /// <summary>Reads a key file. Messages name the member and never repeat a value.</summary>
    public static Result<AdminCredentials> Parse(ReadOnlySpan<byte> file, IReadOnlyList<string> tokenUris)
    {
        try
        {
            var reader = new Utf8JsonReader(file, new JsonReaderOptions { MaxDepth = 8 });
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.BytesConsumed != file.Length && !file[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).IsEmpty)
            {
                return Wrong("not valid JSON");
            }

            return Read(document.RootElement, tokenUris);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Wrong("not valid JSON");
        }
    }

    /// <summary>The key for one signature; the caller disposes it.</summary>
    public RSA PrivateKey()
    {
        var key = RSA.Create();
        key.ImportFromPem(_privateKey);
        return key;
    }

    public override string ToString() => $"{nameof(AdminCredentials)} {{ ClientEmail = {ClientEmail} }}";

    private static Result<AdminCredentials> Read(JsonElement file, IReadOnlyList<string> tokenUris)
    {
        if (file.ValueKind != JsonValueKind.Object)
        {
            return Wrong("not valid JSON: must be an object");
        }

        if (Text(file, "type") != "service_account")
        {
            return Wrong("expected service_account JSON: type must be service_account");
        }

        if (Text(file, "client_email") is not { Length: > 0 and <= 320 } email || email.Any(character => character is <= ' ' or > '~'))
        {
            return Wrong("client_email claim is missing");
        }

        if (Text(file, "private_key") is not { } pem || !IsStrongKey(pem))
        {
            return Wrong($"private_key must be an RSA key of at least {MinKeyBits} bits in PEM form");
        }

        if (Text(file, "token_uri") is not { } tokenUri || !tokenUris.Contains(tokenUri))
        {
            return Wrong("token_uri must be https://oauth2.googleapis.com/token, or listed in HOOP_GCP_TOKEN_URI_ALLOWLIST");
        }

        var keyId = Text(file, "private_key_id");
        return keyId is null || (keyId.Length <= 128 && keyId.All(char.IsAsciiLetterOrDigit))
            ? new AdminCredentials(email, keyId, tokenUri, pem)
            : Wrong("private_key_id must be letters and digits");
    }

    private static string? Text(JsonElement file, string name) =>
        file.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static bool IsStrongKey(string pem)
    {
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key.KeySize >= MinKeyBits && key.ExportParameters(includePrivateParameters: true).D is not null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static Error Wrong(string problem) => Error.Malformed($"invalid admin service-account JSON: {problem}", "admin_credentials_invalid");
}
