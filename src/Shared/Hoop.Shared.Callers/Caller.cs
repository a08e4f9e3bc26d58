namespace Hoop.Shared.Callers;

/// <summary>How the caller proved who it is.</summary>
public enum CallerKind
{
    /// <summary>The bootstrap admin token: the one who runs the gateway.</summary>
    Operator,

    /// <summary>An API token of an organization.</summary>
    ApiToken,

    /// <summary>A person, by an OIDC access token.</summary>
    User,

    /// <summary>Automation, by an OAuth 2.0 client-credentials access token.</summary>
    ServiceAccount,

    /// <summary>An agent, by a SPIFFE JWT-SVID or its key.</summary>
    Agent,

    /// <summary>A token of Vault's kind: good on <c>/v1</c> alone, where its policies decide.</summary>
    VaultToken,
}

/// <summary>What a caller may do inside its own organization. Roles come from groups, never from a request.</summary>
public enum Role
{
    Standard,

    /// <summary>Reads everything, changes nothing.</summary>
    Auditor,

    Admin,
}

/// <summary>
/// A verified caller that was let in. Made from an <see cref="Authenticated"/> by the answer to <c>Admit</c>, or by another host's
/// authentication.
/// </summary>
/// <param name="OrgId">The organization whose rows this caller sees.</param>
/// <param name="Kind">How it proved itself.</param>
/// <param name="Alias">Who it is; the actor in the audit trail.</param>
/// <param name="Name">For people to read.</param>
/// <param name="Groups">From the stored row of the caller, never from the token.</param>
/// <param name="Role">Derived from <paramref name="Groups"/>.</param>
public sealed record Caller(Guid OrgId, CallerKind Kind, Alias Alias, string Name, IReadOnlyList<string> Groups, Role Role)
{
    /// <summary>What the caller is called where its credential comes from: a token's name, a <c>sub</c>, a SPIFFE ID.</summary>
    public string Subject
    {
        get => field ?? Alias.Name;
        init;
    }

    /// <summary>The identity-store entity behind this caller, when one is known.</summary>
    public Guid? EntityId { get; init; }

    /// <summary>The identity store's groups that the entity is in, also through other groups. They give policies, and no role.</summary>
    public IReadOnlyList<string> EntityGroups { get; init; } = [];

    /// <summary>The policies of that entity and of those groups.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>The policies of the token itself, when <see cref="Kind"/> is <see cref="CallerKind.VaultToken"/>.</summary>
    public IReadOnlyList<string> TokenPolicies { get; init; } = [];

    /// <summary>A person's address, when its issuer vouches for it.</summary>
    public string? Email { get; init; }

    /// <summary>The person itself, or the one that the caller's token belongs to.</summary>
    public Guid? PersonId { get; init; }

    /// <summary>The rule that made an account of a token's claims; null for what is registered.</summary>
    public string? Rule { get; init; }

    /// <summary>
    /// When whoever presents the credential ends, by a date that is known; null without one. What it makes ends then, too.
    /// </summary>
    public DateTimeOffset? OwnerEndsAt { get; init; }

    /// <summary>The agent, when <see cref="Kind"/> is <see cref="CallerKind.Agent"/>.</summary>
    public Guid? AgentId { get; init; }

    /// <summary>When the credential ends, when it does.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Who is calling. Handlers take the organization from here and from nowhere else.</summary>
public interface ICaller
{
    /// <summary>The caller, or null before authentication and in background work.</summary>
    Caller? Current { get; }

    /// <summary>The caller's organization.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the request should not have come this far.</exception>
    Guid OrgId { get; }
}
