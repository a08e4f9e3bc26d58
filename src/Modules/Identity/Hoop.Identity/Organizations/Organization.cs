namespace Hoop.Identity.Organizations;

/// <summary>A tenant. Every row of every module belongs to exactly one.</summary>
/// <param name="Name">Unique; 1 to 63 of lower-case letters, digits and inner dashes.</param>
internal sealed record Organization(Guid Id, string Name, DateTime CreatedAt)
{
    /// <summary>Announced by whatever renames or deletes one; the key is its id.</summary>
    public const string Topic = "organizations";

    /// <summary>In the order of the constructor.</summary>
    public const string Columns = "id, name, created_at";
}

internal static class OrganizationRules
{
    /// <summary><c>X-Vault-Namespace: root</c> means "no namespace": an organization of that name could not be chosen.</summary>
    private const string Reserved = "root";

    public static void Name<T>(IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("name is required").Malformed()
        .Matches(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z").WithMessage("name: use 1 to 63 lower-case letters, digits and inner dashes")
        .Must(name => name != Reserved).WithMessage("name: root is reserved; X-Vault-Namespace uses it for the caller's own organization");
}

internal static class OrganizationErrors
{
    public static readonly Error NotFound = Error.NotFound("organization not found");

    public static readonly Error Default = Error.Denied(
        "the organization \"default\" is the operator's own: it can be neither renamed nor deleted", "default_organization");

    public static readonly Error FromInside = Error.Invalid(
        "an organization is not deleted from inside: leave X-Vault-Namespace out", "namespace_not_taken");

    /// <summary>Says what would go, and the way to let it go.</summary>
    public static Error NotEmpty(string name, IReadOnlyDictionary<string, long> holds) => Error.Conflict(
        $"organization \"{name}\" holds {string.Join(", ", holds.Select(kind => Counted(kind.Key, kind.Value)))}: "
        + "delete them first, or delete them with it by ?cascade=true",
        "organization_not_empty") with
    { Holds = holds };

    public static readonly Error NameTaken = Error.Conflict("name: an organization with this name already exists");

    private static string Counted(string kind, long count)
    {
        var noun = kind.Replace('_', ' ');
        return count == 1 ? $"1 {noun}" : noun.EndsWith('y') ? $"{count} {noun[..^1]}ies" : $"{count} {noun}s";
    }
}
