using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hoop.Cli.Configuration;

/// <summary>
/// Which gateway, and as whom: HOOP_TOKEN, else the sign-in of hoop login, else the token of the configuration file. HOOP_APIURL wins over
/// that file, too.
/// </summary>
/// <param name="Token">Null when there is none, or a sign-in in its place.</param>
/// <param name="TokenSource">What the user would change to replace the token.</param>
/// <param name="Authorities">The only authorities to trust; null: those of the system.</param>
/// <param name="Session">The file in which hoop login keeps what it got for this gateway; null without HOME.</param>
internal sealed record Settings(
    Uri ApiUrl,
    string? Token,
    string TokenSource,
    X509Certificate2Collection? Authorities,
    bool SkipTlsVerify,
    string? Session = null)
{
    public const string DefaultApiUrl = "http://127.0.0.1:8009";

    /// <summary>The gateway as messages name it.</summary>
    public string Authority => ApiUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>The token is not printed.</summary>
    public override string ToString() => $"{nameof(Settings)} {{ ApiUrl = {ApiUrl} }}";

    /// <exception cref="CliFailure">A variable or the file is wrong.</exception>
    public static Settings Load(Func<string, string?> variable, Action<string> warn)
    {
        // Both variables together need no file, so a broken one does not matter.
        var (apiUrl, token) = (Text("HOOP_APIURL"), Text("HOOP_TOKEN"));
        var source = token is not null ? "HOOP_TOKEN" : "the configuration file";
        var file = apiUrl is not null && token is not null && variable("HOME") is null or "" ? new Dictionary<string, string>()
            : ConfigFile.Read(ConfigFile.PathFor(variable), warn);

        var address = apiUrl is not null
            ? ParseApiUrl("HOOP_APIURL", apiUrl)
            : ParseApiUrl("api_url", file.GetValueOrDefault("api_url") is { Length: > 0 } url ? url : DefaultApiUrl);
        var session = SessionPath.For(variable, address);
        var isSignedIn = token is null && File.Exists(session);
        token = token is not null ? ParseToken("HOOP_TOKEN", token)
            : isSignedIn ? null
            : file.GetValueOrDefault("token") is { Length: > 0 } stored ? ParseToken("token", stored)
            : null;
        var authorities = Text("HOOP_TLSCA") is { } given ? ParseAuthorities("HOOP_TLSCA", Spelled(given))
            : file.GetValueOrDefault("tls_ca") is { Length: > 0 } kept ? ParseAuthorities("tls_ca", FromBase64("tls_ca", kept))
            : null;
        var skip = (Text("HOOP_TLS_SKIP_VERIFY") ?? file.GetValueOrDefault("skip_tls_verify")) == "true";

        if ((token is not null || isSignedIn) && address is { Scheme: "http", IsLoopback: false })
        {
            warn($"the token travels unencrypted to {address.GetLeftPart(UriPartial.Authority)}; use https");
        }

        if (skip && address.Scheme == "https")
        {
            warn("the gateway's certificate is not verified (skip_tls_verify)");
        }

        return new Settings(address, token, isSignedIn ? "hoop login" : source, authorities, skip, session);

        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    /// <param name="name">What the message blames.</param>
    /// <exception cref="CliFailure">It is not the address of a gateway.</exception>
    public static Uri ParseApiUrl(string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https"
        && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0
            ? address
            : throw new CliFailure($"{name}: the gateway's address must look like https://hoop.example.com or {DefaultApiUrl}");

    /// <exception cref="CliFailure">It cannot stand in a header.</exception>
    public static string ParseToken(string name, string text) =>
        text.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new CliFailure($"{name}: a token has no blanks and no control characters")
            : text;

    /// <param name="pem">Certificates as PEM.</param>
    /// <exception cref="CliFailure">There is none.</exception>
    public static X509Certificate2Collection ParseAuthorities(string name, string pem)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(pem);
            return authorities.Count > 0 ? authorities : throw new CliFailure($"{name}: no PEM certificate in it");
        }
        catch (CryptographicException)
        {
            throw new CliFailure($"{name}: this is not a PEM certificate");
        }
    }

    /// <summary>Raw PEM, <c>base64://</c> of it, or <c>file://</c> with its path.</summary>
    private static string Spelled(string text)
    {
        const string Base64 = "base64://", File = "file://";
        return text.StartsWith(Base64, StringComparison.Ordinal) ? FromBase64("HOOP_TLSCA", text[Base64.Length..])
            : text.StartsWith(File, StringComparison.Ordinal) ? InputFile.Text("HOOP_TLSCA", text[File.Length..])
            : text;
    }

    private static string FromBase64(string name, string text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            throw new CliFailure($"{name}: not valid base64");
        }
    }
}
