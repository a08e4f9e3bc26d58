namespace Hoop.Federation.Connections;

/// <summary>The <c>{nameOrId}</c> of a path: exactly one of the two, or none when it can be neither.</summary>
internal readonly record struct ConnectionAddress(Guid? Id, string? Name)
{
    public const int MaxNameLength = 254;

    public static ConnectionAddress Of(string nameOrId) =>
        IsUuid(nameOrId, out var id) ? new ConnectionAddress(id, null)
        : IsName(nameOrId) ? new ConnectionAddress(null, nameOrId)
        : default;

    /// <summary>
    /// Letters, digits and underscores, joined by single dashes or dots, three letters at least. A UUID is no name, or it would hide the
    /// connection with that id.
    /// </summary>
    public static bool IsName(string text)
    {
        if (text.Length is < 3 or > MaxNameLength || IsUuid(text, out _))
        {
            return false;
        }

        var letters = 0;
        var previousJoins = true;
        foreach (var character in text)
        {
            var joins = character is '-' or '.';
            if (joins ? previousJoins : !char.IsAsciiLetterOrDigit(character) && character != '_')
            {
                return false;
            }

            letters += joins ? 0 : 1;
            previousJoins = joins;
        }

        return !previousJoins && letters >= 3;
    }

    private static bool IsUuid(string text, out Guid id)
    {
        id = Guid.Empty;
        return text.Length == 36 && text[0] != ' ' && text[^1] != ' ' && Guid.TryParseExact(text, "D", out id);
    }
}
