using System.Text.Json;
using System.Text.Unicode;
using Hoop.Shared.Results;
using Hoop.Shared.Text;

namespace Hoop.Shared.Jose;

/// <summary>
/// A JSON Web Key Set (RFC 7517 section 5), also as a SPIFFE bundle (SPIFFE Trust Domain and Bundle section 4). Elements that cannot be
/// used are skipped and listed; a document that cannot be trusted as a whole (no <c>keys</c>, repeated members, too large) is an error,
/// so that it never replaces a good one.
/// </summary>
public sealed class JsonWebKeySet
{
    public const int MaxBytes = 1024 * 1024;

    public const int MaxKeys = 256;

    private const double MaxHintSeconds = 315_360_000;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private JsonWebKeySet()
    {
    }

    /// <summary>Of every <c>use</c>: the reader of the set decides which count.</summary>
    public required IReadOnlyList<VerificationKey> Keys { get; init; }

    /// <summary>One line for each element that is not in <see cref="Keys"/>: its index and why.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>All values of <c>use</c> in the document, those of skipped elements included.</summary>
    public required IReadOnlySet<string> Uses { get; init; }

    /// <summary>The document has a member whose name begins with <c>spiffe_</c>.</summary>
    public required bool HasSpiffeMembers { get; init; }

    /// <summary><c>spiffe_sequence</c>: only grows from one version of a bundle to the next.</summary>
    public long? SpiffeSequence { get; init; }

    /// <summary><c>spiffe_refresh_hint</c>, from one second to ten years; null when it is absent or zero.</summary>
    public TimeSpan? SpiffeRefreshHint { get; init; }

    public static Result<JsonWebKeySet> Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            return Error.Invalid("the key set is larger than 1 MiB", "key_set");
        }

        json = ByteOrderMark.Skip(json);
        if (!Utf8.IsValid(json.Span))
        {
            return Error.Invalid("the key set is not UTF-8", "key_set");
        }

        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return Read(document.RootElement);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // The second kind is half a surrogate pair, which only shows when a text is read.
            return Error.Invalid("the key set is not valid JSON, or repeats a member", "key_set");
        }
    }

    /// <summary>The keys that count, by <c>kid</c> and algorithm.</summary>
    /// <param name="refuses">Why a key does not count, as the end of a sentence about it; empty when nothing needs to be said of it;
    /// null when it does count.</param>
    public KeyRing Select(Func<VerificationKey, string?> refuses)
    {
        var refused = Keys.Select(key => (key, why: refuses(key))).ToLookup(pair => pair.why is null);
        return KeyRing.Of(
            refused[true].Select(pair => pair.key),
            [.. Skipped,
                .. refused[false].Where(pair => pair.why!.Length > 0).Select(pair => $"kid {Printable.Word(pair.key.KeyId ?? "")}: {pair.why}")]);
    }

    private static Result<JsonWebKeySet> Read(JsonElement root)
    {
        // Without this rule an empty object, or an error page in JSON, would take every key away.
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("keys", out var elements)
            || elements.ValueKind != JsonValueKind.Array)
        {
            return Error.Invalid("the key set has no array named keys", "key_set");
        }

        if (elements.GetArrayLength() > MaxKeys)
        {
            return Error.Invalid("the key set has more than 256 keys", "key_set");
        }

        if (!TryCount(root, "spiffe_sequence", out var sequence))
        {
            return Error.Invalid("spiffe_sequence is not a whole number, negative or too large", "key_set");
        }

        var keys = new List<VerificationKey>();
        var skipped = new List<string>();
        var uses = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, element) in elements.EnumerateArray().Index())
        {
            if (element.ValueKind == JsonValueKind.Object
                && element.TryGetProperty("use", out var use)
                && use.ValueKind == JsonValueKind.String)
            {
                uses.Add(use.GetString()!);
            }

            if (JsonWebKey.Read(element, out var problem) is { } key)
            {
                keys.Add(key);
            }
            else
            {
                skipped.Add($"keys[{index}]: {problem}");
            }
        }

        return new JsonWebKeySet
        {
            Keys = keys,
            Skipped = skipped,
            Uses = uses,
            HasSpiffeMembers = root.EnumerateObject().Any(member => member.Name.StartsWith("spiffe_", StringComparison.Ordinal)),
            SpiffeSequence = sequence,
            SpiffeRefreshHint = Hint(root),
        };
    }

    /// <summary>
    /// Only a hint: whatever stands there, the keys beside it count. Bounded to one second and ten years; what is no number is none.
    /// </summary>
    private static TimeSpan? Hint(JsonElement root) =>
        root.TryGetProperty("spiffe_refresh_hint", out var member)
            && member.ValueKind == JsonValueKind.Number
            && member.TryGetDouble(out var seconds)
            && seconds != 0
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 1, MaxHintSeconds))
            : null;

    private static bool TryCount(JsonElement root, string name, out long? count)
    {
        count = null;
        if (!root.TryGetProperty(name, out var member))
        {
            return true;
        }

        if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt64(out var number) || number < 0)
        {
            return false;
        }

        count = number;
        return true;
    }
}
