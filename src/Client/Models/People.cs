namespace Hoop.Client;

/// <summary>
/// A person of an issuer. Issuer and subject are who it is; address and name are for people to read and identify nobody.
/// </summary>
/// <param name="Email">Empty unless the issuer vouches for it.</param>
/// <param name="Status">active, inactive: every credential of the person is refused; invited: not signed in yet.</param>
/// <param name="Groups">All that count: those of admins and those of the issuer.</param>
/// <param name="SetGroups">Set by an admin; a sign-in leaves them alone.</param>
/// <param name="IssuerGroups">As the issuer told them at the last sign-in that told them.</param>
/// <param name="Verified">Whether the address stands for something: hoop's clients read it.</param>
/// <param name="GroupsKnownAt">When the issuer last told them; left out while it never did, and then they are unknown.</param>
public sealed record Person(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Subject,
    string Email,
    string Name,
    string Status,
    IReadOnlyList<string> Groups,
    IReadOnlyList<string> SetGroups,
    IReadOnlyList<string> IssuerGroups,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    bool Verified,
    DateTimeOffset? GroupsKnownAt = null,
    DateTimeOffset? LastSignInAt = null);

/// <param name="Subject">The sub of the person's tokens; a refused sign-in writes it to the gateway's log.</param>
/// <param name="Issuer">May be left out: the organization's own.</param>
/// <param name="Groups">Set by admins; a sign-in leaves them alone.</param>
public sealed record InvitePersonRequest(
    string? Subject,
    string? Issuer = null,
    string? Name = null,
    IReadOnlyList<string>? Groups = null);

public sealed record UpdatePersonBody(string? Name = null, string? Status = null, IReadOnlyList<string>? Groups = null);
