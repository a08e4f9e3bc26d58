namespace Hoop.Shared.Data;

/// <summary>
/// The key of an announcement that concerns one organization: whoever hears it looks again at what belongs to that organization, and
/// nobody else pays for it.
/// </summary>
public static class ChangeKey
{
    private const string Prefix = "org/";

    public static string Of(Guid orgId) => $"{Prefix}{orgId:D}";

    /// <summary>Null for a key of another kind, as an older gateway writes it: anything may have changed.</summary>
    public static Guid? OrganizationOf(string? key) =>
        key is not null && key.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(key[Prefix.Length..], "D", out var orgId)
            ? orgId
            : null;
}
