namespace Hoop.Identity.Organizations;

/// <summary>A tenant. Every row of every module belongs to exactly one.</summary>
/// <param name="Name">Unique; 1 to 63 of lower-case letters, digits and inner dashes.</param>
internal sealed record Organization(Guid Id, string Name, DateTime CreatedAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = "id, name, created_at";
}

internal static class OrganizationErrors
{
    public static readonly Error NameTaken = Error.Conflict("name: an organization with this name already exists");
}
