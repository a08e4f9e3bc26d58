using System.Security.Cryptography;
using System.Text.Json;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;

namespace Hoop.Federation.Connections;

/// <summary>A connection's secrets: <c>envvar:NAME</c> and <c>filesystem:NAME</c> to bytes. Never printed.</summary>
internal sealed class ConnectionSecrets
{
    private const string Variable = "envvar:";
    private const string File = "filesystem:";

    private readonly SortedDictionary<string, byte[]> _values;

    private ConnectionSecrets(SortedDictionary<string, byte[]> values) => _values = values;

    public static ConnectionSecrets None { get; } = new(new SortedDictionary<string, byte[]>(StringComparer.Ordinal));

    public bool IsEmpty => _values.Count == 0;

    /// <summary>By name without <c>envvar:</c>, as clear text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables => Named(Variable);

    /// <summary>By name without <c>filesystem:</c>, as clear text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Files => Named(File);

    public static SealPlace PlaceOf(Guid orgId, Guid connectionId) => new(SealedSecrets.Purpose, orgId, connectionId);

    /// <summary>What is wrong with the member <c>secret</c>, or null. Names the key, never the value.</summary>
    public static string? Problem(IReadOnlyDictionary<string, SecretText>? secret)
    {
        foreach (var (key, value) in secret ?? new Dictionary<string, SecretText>())
        {
            if (!IsKey(key))
            {
                return "secret: keys are envvar:NAME or filesystem:NAME, a name being letters, digits and underscores, not starting with a digit";
            }

            if (value is null || Decode(value) is null)
            {
                return $"secret: the value of {key} must be base64";
            }
        }

        return null;
    }

    /// <summary>From a request that has no <see cref="Problem"/>.</summary>
    public static ConnectionSecrets From(IReadOnlyDictionary<string, SecretText> secret) =>
        new(
            new SortedDictionary<string,
            byte[]>(secret.ToDictionary(entry => entry.Key, entry => Decode(entry.Value)!, StringComparer.Ordinal),
                StringComparer.Ordinal));

    /// <summary>Reads what <see cref="Seal"/> sealed, and zeroes it.</summary>
    public static ConnectionSecrets FromPlain(byte[] plain)
    {
        try
        {
            return new ConnectionSecrets(
                new SortedDictionary<string,
                byte[]>(JsonSerializer.Deserialize<Dictionary<string, byte[]>>(plain)!, StringComparer.Ordinal));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Null when there is nothing to seal.</summary>
    public SealedValue? Seal(SealingKeys keys, Guid orgId, Guid connectionId)
    {
        if (IsEmpty)
        {
            return null;
        }

        var plain = JsonSerializer.SerializeToUtf8Bytes(_values);
        try
        {
            return keys.Seal(PlaceOf(orgId, connectionId), plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Each key without its value.</summary>
    public IReadOnlyDictionary<string, string?> Names() =>
        _values.ToDictionary(entry => entry.Key, _ => (string?)null, StringComparer.Ordinal);

    [Effect("shows secrets in clear")]
    public IReadOnlyDictionary<string, string?> ToBase64() =>
        _values.ToDictionary(entry => entry.Key, entry => (string?)Convert.ToBase64String(entry.Value), StringComparer.Ordinal);

    public override string ToString() => "***";

    /// <summary>A name that an environment can hold on every system.</summary>
    public static bool IsVariableName(string name) =>
        name.Length is > 0 and <= 256
            && !char.IsAsciiDigit(name[0])
            && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    private static bool IsKey(string key) =>
        key.StartsWith(Variable, StringComparison.Ordinal) ? IsVariableName(key[Variable.Length..])
        : key.StartsWith(File, StringComparison.Ordinal) && IsVariableName(key[File.Length..]);

    private static byte[]? Decode(SecretText value)
    {
        var text = value.Reveal();
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private IEnumerable<KeyValuePair<string, string>> Named(string prefix) => _values
        .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(entry => KeyValuePair.Create(entry.Key[prefix.Length..], System.Text.Encoding.UTF8.GetString(entry.Value)));
}
