namespace Hoop.Shared;

/// <summary>
/// The rule for names of agents and connections: 3 to 254 characters of letters, digits and <c>_</c>, with single <c>-</c> or <c>.</c>
/// inside. A hand-written check, because the usual pattern for it backtracks without bound.
/// </summary>
public static class ResourceName
{
    public const string Rule = "use 3 to 254 letters, digits and _, with single - or . inside";

    public static bool IsValid(string? name)
    {
        if (name is not { Length: >= 3 and <= 254 } || name[0] is '-' or '.' || name[^1] is '-' or '.')
        {
            return false;
        }

        var wordCharacters = 0;
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(name[i]) || name[i] == '_')
            {
                wordCharacters++;
            }
            else if (name[i] is not ('-' or '.') || name[i - 1] is '-' or '.')
            {
                return false;
            }
        }

        return wordCharacters >= 3;
    }
}
