using System.Diagnostics.CodeAnalysis;

namespace Hoop.Shared;

/// <summary>
/// A UUID in the one spelling of the API: 36 characters, digits and dashes, nothing around them. The framework's parsers also take braces,
/// blanks and the form without dashes, which gives one id several spellings.
/// </summary>
public static class StrictUuid
{
    public static bool TryParse([NotNullWhen(true)] string? text, out Guid id)
    {
        id = Guid.Empty;
        return text is { Length: 36 } && text[0] != ' ' && text[^1] != ' ' && Guid.TryParseExact(text, "D", out id);
    }

    /// <summary>Null when it is not one.</summary>
    public static Guid? Parse(string? text) => TryParse(text, out var id) ? id : null;
}
