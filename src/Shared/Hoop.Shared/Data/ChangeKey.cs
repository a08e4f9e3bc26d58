namespace Hoop.Shared.Data;

/// <summary>
/// The key of an announcement that concerns one organization: whoever hears it looks again at what belongs to that organization, and
/// nobody else pays for it.
/// </summary>
public static class ChangeKey
{
    private const string Prefix = "org/";
    private const int GuidLength = 36;

    public static string Of(Guid orgId) => $"{Prefix}{orgId:D}";

    /// <summary>One thing of the organization.</summary>
    public static string Of(Guid orgId, string thing) => $"{Prefix}{orgId:D}/{thing}";

    /// <summary>What of the organization; null for a key of all of it, or of another kind.</summary>
    public static string? ThingOf(string? key) =>
        OrganizationOf(key) is not null && key!.Length > Prefix.Length + GuidLength + 1 ? key[(Prefix.Length + GuidLength + 1)..] : null;

    /// <summary>Null for a key of another kind: anything may have changed.</summary>
    public static Guid? OrganizationOf(string? key) =>
        key is not null && key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length >= Prefix.Length + GuidLength
            && Guid.TryParseExact(key.AsSpan(Prefix.Length, GuidLength), "D", out var orgId)
            ? orgId
            : null;
}
