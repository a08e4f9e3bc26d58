namespace Hoop.Spiffe.Templates;

/// <summary>The rule for resource names, which an agent's name and an agent's id as text both satisfy.</summary>
internal static class AgentName
{
    /// <summary>
    /// Same language as <c>^[a-zA-Z0-9_]+(?:[-\.]?[a-zA-Z0-9_]+){2,253}$</c> up to 255 characters: at least three word characters,
    /// and a dash or dot only singly and between two of them. Scanned by hand because that expression backtracks exponentially.
    /// </summary>
    internal static bool IsLegal(ReadOnlySpan<char> name)
    {
        if (name.Length > TemplateLimits.NameBytes)
            return false;
        var wordCharacters = 0;
        var afterWord = false;
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '_')
            {
                wordCharacters++;
                afterWord = true;
            }
            else if (c is '-' or '.' && afterWord)
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
