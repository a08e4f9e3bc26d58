namespace Hoop.Client;

/// <summary>A token of the organization, without its secret: that one is shown once, and only its hash is kept.</summary>
/// <param name="Groups">Decide the role of whoever presents the token.</param>
/// <param name="IsOperator">True for the bootstrap admin token alone.</param>
/// <param name="Status">active, or expired: such a token is refused and can be deleted.</param>
/// <param name="ExpiresAt">UTC; left out when the token does not expire.</param>
/// <param name="LastUsedAt">UTC, to within two minutes; left out when the token was not used yet.</param>
/// <param name="PersonId">Whose token it is; left out for one of the organization.</param>
public sealed record ApiToken(
    Guid Id,
    string Name,
    IReadOnlyList<string> Groups,
    bool IsOperator,
    DateTimeOffset CreatedAt,
    string Status,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? LastUsedAt = null,
    Guid? PersonId = null);

/// <param name="Name">Unique in the organization.</param>
/// <param name="Groups">None gives a token with the standard role.</param>
/// <param name="ExpiresIn">A duration from now, as Go writes it: 24h. Not together with ExpiresAt.</param>
/// <param name="ExpiresAt">A time, RFC 3339.</param>
public sealed record CreateApiTokenRequest(
    string? Name,
    IReadOnlyList<string>? Groups = null,
    string? ExpiresIn = null,
    string? ExpiresAt = null);

/// <param name="Token">Clear text; only its hash is stored.</param>
public sealed record CreateApiTokenResponse(
    Guid Id,
    string Name,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt,
    string Token,
    DateTimeOffset? ExpiresAt = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(CreateApiTokenResponse)} {{ Id = {Id} }}";
}
