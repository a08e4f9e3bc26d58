using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>
/// One condition on one claim; exactly one of the three is set. The same table holds for all of them (<see cref="ClaimValue"/>), and a
/// claim that is absent fulfils nothing.
/// </summary>
/// <param name="Claim">A <see cref="ClaimPath"/>.</param>
/// <param name="EqualTo">A text, a number or a truth value.</param>
/// <param name="OneOf">Of the same kinds.</param>
/// <param name="Glob">A <see cref="GlobPattern"/>; for texts.</param>
internal sealed record ClaimCondition(
    string? Claim,
    [property: JsonPropertyName("equals")] JsonElement? EqualTo = null,
    JsonElement[]? OneOf = null,
    string? Glob = null)
{
    public bool Holds(JsonElement claims) => ClaimPath.Find(claims, Claim!) is { } value && ClaimValue.Any(value, IsFulfilledBy);

    /// <summary>The first rule that it breaks, or null.</summary>
    public string? Problem =>
        !ClaimPath.IsOne(Claim) ? "claim: the name of a claim, or a path such as /kubernetes.io/namespace"
        : new[] { EqualTo is { ValueKind: not JsonValueKind.Null }, OneOf is not null, Glob is not null }.Count(one => one) != 1
            ? $"{Printable.Word(Claim!)}: exactly one of equals, one_of and glob"
        : OneOf is { Length: 0 or > 100 } ? $"{Printable.Word(Claim!)}: one_of holds 1 to 100 values"
        : !Values.All(IsScalar) ? $"{Printable.Word(Claim!)}: compare with texts of at most 255 characters, numbers or truth values"
        : Glob is not null && GlobPattern.ProblemOf(Glob) is { } problem ? $"{Printable.Word(Claim!)}: {problem}"
        : null;

    /// <summary>What it is compared with, where that is fixed.</summary>
    [JsonIgnore]
    public IEnumerable<JsonElement> Values => EqualTo is { ValueKind: not JsonValueKind.Null } value ? [value] : OneOf ?? [];

    public string Shown() => Glob is not null ? $"{Printable.Word(Claim!)} like {Printable.Word(Glob)}"
        : $"{Printable.Word(Claim!)} = {string.Join(" | ", Values.Take(5).Select(value => Printable.Word(value.ToString())))}";

    private bool IsFulfilledBy(JsonElement value) => Glob is not null
        ? value.ValueKind == JsonValueKind.String && GlobPattern.Matches(Glob, value.GetString()!)
        : Values.Any(wanted => ClaimValue.AreEqual(wanted, value));

    private static bool IsScalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()! is { Length: <= 255 } text && !text.Any(char.IsControl),
        JsonValueKind.Number => value.GetRawText().Length <= 40,
        _ => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
    };
}
