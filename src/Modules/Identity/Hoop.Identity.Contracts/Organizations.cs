using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>The organization with this id, or null.</summary>
public sealed record GetOrganization(Guid Id) : IRequest<OrganizationSummary?>;

/// <summary>The organization with this name (compared byte for byte), or null.</summary>
public sealed record FindOrganization(string Name) : IRequest<OrganizationSummary?>;

/// <summary>Whether there is no other organization than this one.</summary>
public sealed record IsOnlyOrganization(Guid Id) : IRequest<bool>;

/// <summary>
/// Whether there is an organization with this id. In a command it then stays until the commit, whoever wants to delete it.
/// </summary>
public sealed record HoldOrganization(Guid Id) : IRequest<bool>;

/// <summary>
/// Asks every module how many things it keeps for an organization that people would miss. What an organization has from its beginning
/// or gets by itself is not among them: tokens, settings, names.
/// </summary>
/// <param name="Counts">By kind, as the audit trail spells it; each module adds its own, also a zero.</param>
public sealed record OrganizationCounting(Guid OrgId, IDictionary<string, long> Counts) : INotification;

/// <summary>
/// An organization is being deleted. Published in the transaction that does it, after everything that could still make rows for it is
/// kept out: each module deletes all that it keeps for the organization, records it in the organization's trail, and announces it.
/// </summary>
/// <param name="Deleted">How many things of each kind went, as the audit trail spells it; each module adds its own.</param>
public sealed record OrganizationDeleting(Guid OrgId, IDictionary<string, long> Deleted) : INotification
{
    /// <summary>What the rows of the trail give as <c>reason</c>.</summary>
    public const string Reason = "organization_deleted";
}

public sealed record OrganizationSummary(Guid Id, string Name);
