using System.Globalization;
using System.Text;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>What a name may be. Each method answers the problem in words, or null.</summary>
internal static class EntityName
{
    public const int MaxLength = 512;

    /// <summary>The form that decides whether two names are the same.</summary>
    public static string KeyOf(string name) => AsciiCase.Fold(name);

    // Blanks around a name and characters that nobody sees make two names look like one (CVE-2025-6004, CVE-2025-6013): refused, not
    // repaired.
    public static string? ProblemOf(string name) => name switch
    {
        "" => null,
        { Length: > MaxLength } => "name: at most 512 characters",
        _ when name.Trim().Length != name.Length => "name: remove the blanks around it",
        _ when name.EnumerateRunes().Any(IsInvisible) => "name: remove control and invisible characters",
        _ => null,
    };

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}

/// <summary>
/// Names of policies: one canonical form, so that <c>root</c> has exactly one spelling, which is refused (CVE-2025-5999,
/// CVE-2025-64761).
/// </summary>
internal static class PolicyNames
{
    private const int MaxCount = 256;
    private const int MaxLength = 128;

    /// <summary>Trimmed, lower case, each once, sorted; empty ones dropped.</summary>
    public static string[] Canonical(IEnumerable<string> policies) =>
        [.. policies.Select(policy => AsciiCase.Fold(policy.Trim())).Where(policy => policy.Length > 0)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public static string? ProblemOf(string[] canonical) =>
        canonical.Contains("root", StringComparer.Ordinal) ? "policies cannot contain root"
        : canonical.Length > MaxCount ? "policies: at most 256"
        : Array.Exists(
            canonical,
            policy => policy.Length > MaxLength
                || policy.Contains(',', StringComparison.Ordinal)
                || policy.AsSpan().ContainsAnyExceptInRange('!', '~'))
            ? "policies: each has at most 128 printable ASCII characters, without blanks and commas"
        : null;
}

/// <summary>Vault's limits of metadata, with Vault's texts. The value stays out of them: answers and logs are no place for it.</summary>
internal static class EntityMetadata
{
    private const int MaxPairs = 64;
    private const int MaxKeyLength = 128;
    private const int MaxValueBytes = 512;

    public static string? ProblemOf(IReadOnlyDictionary<string, string> metadata, string of = "entity")
    {
        if (metadata.Count > MaxPairs)
        {
            return $"invalid {of} metadata: metadata cannot contain more than 64 key/value pairs";
        }

        foreach (var (key, value) in metadata)
        {
            if (ProblemOf(key, value) is { } problem)
            {
                var shown = key.Length <= MaxKeyLength ? key : key[..MaxKeyLength];
                return $"invalid {of} metadata: failed to load metadata pair (\"{shown}\"): {problem}";
            }
        }

        return null;
    }

    private static string? ProblemOf(string key, string value) =>
        key.Length == 0 ? "key cannot be blank"
        : !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '=' or '/' or '+' or '_' or '-') ? "key contains invalid characters"
        : key.Length > MaxKeyLength ? "key is too long (limit: 128 characters)"
        : key.StartsWith("vault-", StringComparison.Ordinal) ? "key prefix \"vault-\" is reserved for internal use"
        : Encoding.UTF8.GetByteCount(value) > MaxValueBytes ? "value is too long (limit: 512 characters)"
        : null;
}
