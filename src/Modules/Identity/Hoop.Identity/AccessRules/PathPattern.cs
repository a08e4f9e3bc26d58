namespace Hoop.Identity.AccessRules;

/// <summary>
/// A path of a policy: exact, a prefix (it ends with <c>*</c>), or with segments that may be anything (<c>+</c>). A star elsewhere, and a
/// plus that is not a whole segment, mean themselves. The order among patterns is Vault's.
/// </summary>
#pragma warning disable MA0096, CA1036 // Patterns are put in order; nobody asks whether two are equal.
internal sealed class PathPattern : IComparable<PathPattern>
#pragma warning restore MA0096, CA1036
{
    private readonly string[] _segments;

    public PathPattern(string text)
    {
        Text = text;
        IsPrefix = text.EndsWith('*');
        Literal = IsPrefix ? text[..^1] : text;
        HasWildcards = text == "+" || text.StartsWith("+/", StringComparison.Ordinal) || text.Contains("/+", StringComparison.Ordinal);
        _segments = HasWildcards ? Literal.Split('/') : [];
        Wildcards = _segments.Count(segment => segment == "+");
        FirstWildcard = HasWildcards ? text.IndexOf('+', StringComparison.Ordinal) : Literal.Length;
    }

    public string Text { get; }

    /// <summary>Without the star at the end.</summary>
    public string Literal { get; }

    public bool IsPrefix { get; }

    public bool HasWildcards { get; }

    public bool IsExact => !IsPrefix && !HasWildcards;

    public int Wildcards { get; }

    /// <summary>How many it is cut into; none without a <c>+</c>.</summary>
    public int Segments => _segments.Length;

    /// <summary>Where the first <c>+</c> or the star stands.</summary>
    public int FirstWildcard { get; }

    public bool Matches(string path)
    {
        if (!HasWildcards)
        {
            return IsPrefix ? path.StartsWith(Literal, StringComparison.Ordinal) : path == Literal;
        }

        var parts = path.Split('/');
        if (parts.Length < _segments.Length || (!IsPrefix && parts.Length != _segments.Length))
        {
            return false;
        }

        for (var i = 0; i < _segments.Length; i++)
        {
            var isOpen = IsPrefix && i == _segments.Length - 1;
            if (_segments[i] != "+"
                && parts[i] != _segments[i]
                && !(isOpen && parts[i].StartsWith(_segments[i], StringComparison.Ordinal)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when this one matches whatever <paramref name="other"/> matches. False when in doubt.</summary>
    public bool Covers(PathPattern other)
    {
        if (IsExact)
        {
            return other.IsExact && other.Literal == Literal;
        }

        if (!HasWildcards)
        {
            var fixedPart = other.HasWildcards ? other.Literal[..other.FirstWildcard] : other.Literal;
            return fixedPart.StartsWith(Literal, StringComparison.Ordinal);
        }

        var others = other.Literal.Split('/');
        if (others.Length < _segments.Length || (!IsPrefix && (other.IsPrefix || others.Length != _segments.Length)))
        {
            return false;
        }

        for (var i = 0; i < _segments.Length; i++)
        {
            // The last segment of a prefix is only the beginning of one.
            var (isOpen, otherIsOpen) = (IsPrefix && i == _segments.Length - 1, other.IsPrefix && i == others.Length - 1);
            var fits = _segments[i] == "+"
                ? !otherIsOpen || isOpen
                : isOpen
                    ? _segments[i].Length == 0 || (others[i] != "+" && others[i].StartsWith(_segments[i], StringComparison.Ordinal))
                    : others[i] == _segments[i] && !otherIsOpen;
            if (!fits)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Which of two patterns that match one path decides: the greater. In this order, each when the ones before are equal: the first
    /// wildcard stands later; no star at the end; fewer <c>+</c>; longer; later in byte order. Exact paths are above all.
    /// </summary>
    public int CompareTo(PathPattern? other)
    {
        if (other is null)
        {
            return 1;
        }

        return (IsExact.CompareTo(other.IsExact), FirstWildcard.CompareTo(other.FirstWildcard)) switch
        {
            ( not 0 and var exact, _) => exact,
            (_, not 0 and var first) => first,
            _ when IsPrefix != other.IsPrefix => IsPrefix ? -1 : 1,
            _ when Wildcards != other.Wildcards => other.Wildcards.CompareTo(Wildcards),
            _ when Literal.Length != other.Literal.Length => Literal.Length.CompareTo(other.Literal.Length),
            _ => string.CompareOrdinal(Literal, other.Literal),
        };
    }
}
