using System.Globalization;

namespace Hoop.Identity.Vault;

/// <summary><c>after</c> and <c>limit</c> of a list, OpenBao's names: the last key of the page before, and how many follow.</summary>
/// <param name="Limit">Null: all.</param>
internal sealed record ListPage(Guid After, long? Limit)
{
    public static Result<ListPage> Read(string? after, string? limit)
    {
        var start = Guid.Empty;
        if (after is { Length: > 0 })
        {
            if (VaultIdConstraint.Parse(after) is not { } id)
            {
                return Error.Malformed("after: use the last id of the page before");
            }

            start = id;
        }

        return ReadLimit(limit).Select(number => new ListPage(start, number.Value));
    }

    /// <summary>A whole number; absent, zero and less mean all.</summary>
    public static Result<Count> ReadLimit(string? limit)
    {
        var number = 0L;
        return limit is { Length: > 0 } && !long.TryParse(limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            ? Error.Malformed("limit: use a whole number")
            : new Count(number > 0 ? number : null);
    }

    internal sealed record Count(long? Value);
}

/// <summary>The same for a list of names in byte order.</summary>
/// <param name="After">Empty for the first page.</param>
/// <param name="Limit">Null: all.</param>
internal sealed record NamePage(string After, long? Limit)
{
    public static Result<NamePage> Read(string? after, string? limit) =>
        after?.Contains('\0', StringComparison.Ordinal) == true
            ? Error.Malformed("after: use the last name of the page before")
            : ListPage.ReadLimit(limit).Select(number => new NamePage(after ?? "", number.Value));
}
