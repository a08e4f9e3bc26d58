using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Hoop.Cli.Agent;

/// <summary>
/// What the agent proves itself with: an agent key for good, or a JWT-SVID in a file that somebody renews (spiffe-helper, a
/// sidecar).
/// </summary>
internal sealed class AgentCredential
{
    private const int LongestFile = 64 * 1024;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string? _file;
    private readonly bool _holdsKey;

    private AgentCredential(string? key, string? file, bool holdsKey)
    {
        Current = key;
        _file = file;
        _holdsKey = holdsKey;
    }

    /// <summary>
    /// The last good value, perhaps stale; null before the first successful <see cref="Refresh"/> of a file. Goes into the
    /// Authorization header and nowhere else.
    /// </summary>
    public string? Current { get; private set; }

    /// <summary>A new value may appear, and is then presented on the open channel.</summary>
    public bool Renews => _file is not null && !_holdsKey;

    public static AgentCredential FromKey(string key) => new(key, file: null, holdsKey: true);

    /// <summary>A file with an agent key, in either of its forms; read again for each connection.</summary>
    public static AgentCredential FromKeyFile(string path) => new(key: null, path, holdsKey: true);

    /// <summary>A file with a JWT-SVID.</summary>
    public static AgentCredential FromFile(string path) => new(key: null, path, holdsKey: false);

    /// <summary>Reads the file anew. Null when that went well, otherwise what is wrong; the last good value then stays.</summary>
    public string? Refresh()
    {
        if (_file is null)
        {
            return null;
        }

        var variable = _holdsKey ? "HOOP_KEY_FILE" : "HOOP_SPIFFE_KEY_FILE";
        try
        {
            var text = Read(_file);
            if (_holdsKey)
            {
                Current = AgentKey.Parse(text, variable).Secret;
                return null;
            }

            if (!IsJwt(text))
            {
                return $"{variable}: {_file} does not hold a JWT-SVID (three base64url parts, separated by dots)";
            }

            Current = text;
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{variable}: {exception.Message}";
        }
        catch (AgentConfigurationException exception)
        {
            return exception.Message;
        }
    }

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Read(string path)
    {
        using var reader = new StreamReader(path);
        var buffer = new char[LongestFile];
        return new string(buffer, 0, reader.ReadBlock(buffer)).Trim();
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
            return claims.RootElement.ValueKind == JsonValueKind.Object
                && claims.RootElement.TryGetProperty("exp", out var expiry)
                && expiry.TryGetDouble(out var seconds)
                ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException
            or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    public override string ToString() => _file ?? "an agent key";
}
