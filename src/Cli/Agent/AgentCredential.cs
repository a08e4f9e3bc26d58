using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Hoop.Cli.Agent;

/// <summary>What the agent proves itself with: an agent key for good, or a JWT-SVID in a file that somebody renews (spiffe-helper, a sidecar).</summary>
internal sealed class AgentCredential
{
    private const int LongestFile = 64 * 1024;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string? _file;

    private AgentCredential(string? key, string? file)
    {
        Current = key;
        _file = file;
    }

    /// <summary>The last good value, perhaps stale; null before the first successful <see cref="Refresh"/> of a file. Goes into the Authorization header and nowhere else.</summary>
    public string? Current { get; private set; }

    /// <summary>A new value may appear in place.</summary>
    public bool Renews => _file is not null;

    public static AgentCredential FromKey(string key) => new(key, file: null);

    public static AgentCredential FromFile(string path) => new(key: null, path);

    /// <summary>Reads the file anew. Null when that went well, otherwise what is wrong; the last good value then stays.</summary>
    public string? Refresh()
    {
        if (_file is null)
        {
            return null;
        }

        string text;
        try
        {
            using var reader = new StreamReader(_file);
            var buffer = new char[LongestFile];
            text = new string(buffer, 0, reader.ReadBlock(buffer)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"HOOP_SPIFFE_KEY_FILE: {exception.Message}";
        }

        if (!IsJwt(text))
        {
            return $"HOOP_SPIFFE_KEY_FILE: {_file} holds no JWT-SVID (three base64url parts, separated by dots)";
        }

        Current = text;
        return null;
    }

    public static bool IsJwt(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 3 && parts.All(part => part.Length > 0 && !part.AsSpan().ContainsAnyExcept(Alphabet));
    }

    /// <summary>The <c>exp</c> of <see cref="Current"/>, unverified: it only decides when to look at the file.</summary>
    public DateTimeOffset? ExpiresAt()
    {
        if (Current is null || !IsJwt(Current))
        {
            return null;
        }

        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(Current.Split('.')[1]));
            return claims.RootElement.ValueKind == JsonValueKind.Object && claims.RootElement.TryGetProperty("exp", out var expiry) && expiry.TryGetDouble(out var seconds)
                ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    public override string ToString() => _file ?? "an agent key";
}
