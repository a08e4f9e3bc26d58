namespace Hoop.Client;

/// <summary>A non-human caller, registered by the sub that its identity provider gives it.</summary>
/// <param name="Id">Follows from the subject (UUIDv5), as in the reference; from issuer and subject for an account whose subject
/// another issuer has used before in the organization.</param>
/// <param name="Status">active or inactive; an inactive account is refused at once.</param>
/// <param name="Owner">Who answers for it, for people.</param>
/// <param name="ExpiresAt">From then on it is refused.</param>
/// <param name="LastUsedAt">To the minute; written behind.</param>
public sealed record ServiceAccount(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Subject,
    string Name,
    string Status,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? Owner = null,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? LastUsedAt = null);

/// <param name="Issuer">Left out: that of the configuration, or the organization's only one.</param>
public sealed record CreateServiceAccountRequest(
    string? Subject,
    string? Status,
    string? Name = null,
    IReadOnlyList<string>? Groups = null,
    string? Issuer = null,
    string? Owner = null,
    string? ExpiresAt = null);

public sealed record UpdateServiceAccountBody(
    string? Status,
    string? Subject = null,
    string? Name = null,
    IReadOnlyList<string>? Groups = null,
    string? Owner = null,
    string? ExpiresAt = null);
