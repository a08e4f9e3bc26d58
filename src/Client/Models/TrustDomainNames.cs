namespace Hoop.Client;

/// <summary>A name and the organization that holds it.</summary>
/// <param name="GivenBy">operator, proof, only_organization (there was no other one), or earlier (from before names were given).</param>
/// <param name="InUse">Whether a trust domain has it now.</param>
public sealed record HeldName(string Name, Guid OrgId, string GivenBy, DateTimeOffset GivenAt, bool InUse);

/// <param name="OrgId">Whose it becomes.</param>
public sealed record SetTrustDomainNameRequest(string? OrgId);
