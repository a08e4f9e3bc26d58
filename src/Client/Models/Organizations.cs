namespace Hoop.Client;

public sealed record CreateOrganizationRequest(string? Name);

/// <param name="AdminToken">Clear text; only its hash is stored.</param>
public sealed record CreateOrganizationResponse(Guid Id, string Name, string AdminToken)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(CreateOrganizationResponse)} {{ Id = {Id} }}";
}

/// <summary>A tenant. Every row of every module belongs to exactly one.</summary>
/// <param name="Name">Unique; 1 to 63 of lower-case letters, digits and inner dashes.</param>
public sealed record Organization(Guid Id, string Name, DateTimeOffset CreatedAt);

/// <summary>A limit of one organization.</summary>
/// <param name="Most">What counts.</param>
/// <param name="Source">organization when the operator has set it for this one, else gateway.</param>
public sealed record OrganizationQuota(string Kind, long Most, string Source);

public sealed record UpdateOrganizationBody(string? Name);

/// <param name="DeletedWithIt">How many things of each kind went, as the audit trail spells them.</param>
public sealed record DeleteOrganizationDeleted(Guid Id, string Name, IReadOnlyDictionary<string, long> DeletedWithIt);

/// <param name="AdminToken">Clear text; only its hash is stored.</param>
public sealed record CreateAdminTokenResponse(Guid Id, string Name, Guid OrgId, string AdminToken)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(CreateAdminTokenResponse)} {{ Id = {Id} }}";
}
