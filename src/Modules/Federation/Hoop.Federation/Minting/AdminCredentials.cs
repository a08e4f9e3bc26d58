using System.Security.Cryptography;
using System.Text.Json;
using Hoop.Shared.Text;

namespace Hoop.Federation.Minting;

/// <summary>
/// The account that mints, by its key or (<c>external_account</c>) by an identity token of this gateway. Only what is needed is read from
/// the file: other members may name addresses and commands of the writer's choice (Google's advice is to validate a credential file
/// from outside before use).
/// </summary>
internal sealed class AdminCredentials
{
    private const int MaxEmail = 320;
    private const string GoogleUniverse = "googleapis.com";

    private static readonly string[] FormerTokenUris =
        ["https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token"];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    private readonly string _privateKey;

    private AdminCredentials(string clientEmail, string? keyId, string tokenUri, string privateKey) =>
        (ClientEmail, KeyId, TokenUri, _privateKey) = (clientEmail, keyId, tokenUri, privateKey);

    private AdminCredentials(ExternalAdmin external)
        : this(external.Principal, keyId: null, external.TokenUrl, privateKey: "") => External = external;

    /// <summary>Null when there is a key.</summary>
    public ExternalAdmin? External { get; }

    /// <summary>Whose identity token is shown, when there is no key.</summary>
    public Guid OrgId { get; private init; }

    public string ClientEmail { get; }

    public string? KeyId { get; }

    public string TokenUri { get; }

    /// <summary>Reads a key file. Messages name the member and never repeat a value that may be secret.</summary>
    public static Result<AdminCredentials> Parse(ReadOnlyMemory<byte> file, FederationOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(file, Strict);
            return Read(document.RootElement, options);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Wrong("not valid JSON, or it repeats a member");
        }
    }

    public AdminCredentials Of(Guid orgId) => External is { } external ? new AdminCredentials(external) { OrgId = orgId } : this;

    /// <summary>The key for one signature; the caller disposes it.</summary>
    public RSA PrivateKey()
    {
        var key = RSA.Create();
        key.ImportFromPem(_privateKey);
        return key;
    }

    public override string ToString() => $"{nameof(AdminCredentials)} {{ ClientEmail = {ClientEmail} }}";

    private static Result<AdminCredentials> Read(JsonElement file, FederationOptions options)
    {
        if (file.ValueKind != JsonValueKind.Object)
        {
            return Wrong("not valid JSON: must be an object");
        }

        if (Text(file, "type") == "external_account")
        {
            return ExternalAdmin.Parse(name => Text(file, name), options.StsUris).Succeeded(out var external, out var problem)
                ? new AdminCredentials(external)
                : problem;
        }

        if (Text(file, "type") != "service_account")
        {
            return Wrong("expected service_account JSON: type must be service_account, or external_account");
        }

        if (Text(file, "client_email") is not { Length: > 0 } email)
        {
            return Wrong("client_email claim is missing");
        }

        if (email.Length > MaxEmail || email.Count(character => character == '@') != 1 || email.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return Wrong("client_email is not an address: look for blanks at its ends and for characters that do not belong in one");
        }

        if (file.TryGetProperty("universe_domain", out _) && Text(file, "universe_domain") is var universe and not GoogleUniverse)
        {
            return Wrong(
                $"universe_domain is {(universe is null ? "not a text" : $"\"{Printable.Word(universe)}\"")}; only {GoogleUniverse} is supported");
        }

        if (Text(file, "private_key") is not { } pem)
        {
            return Wrong("private_key is missing");
        }

        if (AdminKeyPem.Problem(pem) is { } fault)
        {
            return Wrong(fault);
        }

        if (TokenUriOf(Text(file, "token_uri"), options.TokenUris) is not { } tokenUri)
        {
            return Wrong(
                $"token_uri must be {FederationOptions.GoogleTokenUri}; another address must be allowed by the gateway's operator, in HOOP_GCP_TOKEN_URI_ALLOWLIST");
        }

        var keyId = Text(file, "private_key_id");
        return keyId is null || (keyId.Length <= 128 && keyId.All(char.IsAsciiLetterOrDigit))
            ? new AdminCredentials(email, keyId, tokenUri, pem)
            : Wrong("private_key_id must be letters and digits");
    }

    private static string? Text(JsonElement file, string name) =>
        file.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    /// <summary>Key files keep the address that Google used when they were made; all of Google's mean the one of today.</summary>
    private static string? TokenUriOf(string? text, IReadOnlyList<string> allowed) =>
        text is null ? null
        : allowed.Contains(text) ? text
        : FormerTokenUris.Contains(text) && allowed.Contains(FederationOptions.GoogleTokenUri) ? FederationOptions.GoogleTokenUri
        : null;

    public static Error Wrong(string problem) =>
        Error.Malformed($"invalid admin service-account JSON: {problem}", "admin_credentials_invalid");
}
