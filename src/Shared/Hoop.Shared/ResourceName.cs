namespace Hoop.Shared;

/// <summary>
/// The rule for names of agents and connections, which ids as text satisfy as well. The language of
/// <c>^[a-zA-Z0-9_]+(?:[-\.]?[a-zA-Z0-9_]+){2,253}$</c> up to 254 characters, scanned by hand because that expression backtracks
/// without bound.
/// </summary>
public static class ResourceName
{
    public const int MaxLength = 254;

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "use 3 to 254 letters, digits and underscores, with single dashes or dots between them";

    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.Length > MaxLength)
        {
            return false;
        }

        var (wordCharacters, afterWord) = (0, false);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterOrDigit(character) || character == '_')
            {
                wordCharacters++;
                afterWord = true;
            }
            else if (character is '-' or '.' && afterWord)
            {
                afterWord = false;
            }
            else
            {
                return false;
            }
        }

        return afterWord && wordCharacters >= 3;
    }
}
