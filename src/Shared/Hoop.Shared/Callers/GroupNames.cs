using System.Text;
using Hoop.Shared.Text;

namespace Hoop.Shared.Callers;

/// <summary>
/// The rule for lists of group names, wherever one is written: groups give roles, so two spellings of one name must not look alike.
/// </summary>
public static class GroupNames
{
    public const int MaxCount = 100;

    public const int MaxLength = 180;

    /// <summary>
    /// What is wrong with the list, for an error message after the member's name; null when nothing is. No list is an empty list.
    /// </summary>
    public static string? Problem(IReadOnlyCollection<string?>? groups) => groups switch
    {
        null => null,
        { Count: > MaxCount } => $"at most {MaxCount}",
        _ when groups.Any(string.IsNullOrWhiteSpace) => "must not be blank",
        _ when groups.Any(group => group!.Length > MaxLength) => $"at most {MaxLength} characters each",
        _ when groups.Any(group => group!.EnumerateRunes().Any(IsUnseen) || group!.Trim() != group) =>
            "must not hold control or invisible characters, or surrounding blanks",
        _ when groups.Distinct(StringComparer.Ordinal).Count() < groups.Count => "must not repeat",
        _ => null,
    };

    // Zero-width characters, marks that turn the direction of text, halves of surrogate pairs, and what no font shows.
    private static bool IsUnseen(Rune rune) => rune == Rune.ReplacementChar || !Printable.IsPrintable(rune);
}
