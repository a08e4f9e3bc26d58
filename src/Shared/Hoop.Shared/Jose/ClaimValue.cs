using System.Text.Json;

namespace Hoop.Shared.Jose;

/// <summary>
/// The one table of what a claim fulfils: of a list any item may do it; texts fulfil texts byte for byte, numbers numbers by value, truth
/// values truth values; nothing else fulfils anything, and a claim that is null or an object fulfils nothing.
/// </summary>
public static class ClaimValue
{
    /// <summary>The claim, or an item of it when it is a list.</summary>
    public static bool Any(JsonElement claim, Func<JsonElement, bool> fulfils)
    {
        ArgumentNullException.ThrowIfNull(fulfils);
        return claim.ValueKind == JsonValueKind.Array ? claim.EnumerateArray().Any(fulfils) : fulfils(claim);
    }

    public static bool AreEqual(JsonElement wanted, JsonElement value) => wanted.ValueKind switch
    {
        JsonValueKind.String => value.ValueKind == JsonValueKind.String
            && string.Equals(wanted.GetString(), value.GetString(), StringComparison.Ordinal),
        JsonValueKind.Number => value.ValueKind == JsonValueKind.Number && AreEqualNumbers(wanted, value),
        JsonValueKind.True or JsonValueKind.False => value.ValueKind == wanted.ValueKind,
        _ => false,
    };

    /// <summary>A text, a number or a truth value.</summary>
    public static bool IsScalar(JsonElement value) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    // 1, 1.0 and 1e0 are one number. What a decimal cannot hold exactly is compared digit for digit, never through a double.
    private static bool AreEqualNumbers(JsonElement wanted, JsonElement value) =>
        wanted.TryGetDecimal(out var left) && value.TryGetDecimal(out var right)
            ? left == right
            : wanted.GetRawText() == value.GetRawText();
}
