namespace Hoop.Shared.Callers;

/// <summary>
/// What a good credential proves. Not yet a caller: whether this somebody is let in, and with which rights, says the answer to
/// <c>Admit</c>.
/// </summary>
/// <param name="OrgId">The organization that the credential belongs to: of a stored row, never of a claim.</param>
/// <param name="Kind">How it was proven.</param>
/// <param name="Alias">Who it is.</param>
/// <param name="DisplayName">For people to read.</param>
/// <param name="Groups">Of the stored row of the token, account or mapping.</param>
/// <param name="ExpiresAt">When the credential ends; null when it does not.</param>
public sealed record Authenticated(
    Guid OrgId,
    CallerKind Kind,
    Alias Alias,
    string DisplayName,
    IReadOnlyList<string> Groups,
    DateTimeOffset? ExpiresAt)
{
    /// <summary>What the owner is called where the credential comes from: a token's name, a <c>sub</c>, a SPIFFE ID.</summary>
    public string Subject
    {
        get => field ?? Alias.Name;
        init;
    }

    /// <summary>A person's address, when the issuer vouches for it.</summary>
    public string? Email { get; init; }

    /// <summary>
    /// The person that the credential belongs to, when it does: only while that person is active does it hold, and it never gives more
    /// than the person has.
    /// </summary>
    public PersonReference? Person { get; init; }

    /// <summary>The rule that made an account of a token's claims; null for what is registered.</summary>
    public string? Rule { get; init; }

    /// <summary>
    /// When whoever presents the credential ends, by a date that is known; null without one. What it makes ends then, too.
    /// </summary>
    public DateTimeOffset? OwnerEndsAt { get; init; }

    /// <summary>Set when <see cref="Kind"/> is <see cref="CallerKind.Agent"/>.</summary>
    public AgentFacts? Agent { get; init; }

    /// <summary>Set when <see cref="Kind"/> is <see cref="CallerKind.VaultToken"/>.</summary>
    public TokenFacts? Token { get; init; }
}

/// <summary>A person, by the id of its row, or as the issuer names it.</summary>
/// <param name="Id">Null where only the issuer's token is known.</param>
/// <param name="Issuer">Null where the id is known.</param>
/// <param name="Subject">Null where the id is known.</param>
public sealed record PersonReference(Guid? Id, string? Issuer, string? Subject);

/// <summary>What a token of Vault's kind carries.</summary>
/// <param name="Policies">Of the token itself.</param>
/// <param name="EntityId">The entity that it was made for; null for none. Such a token is refused when the entity is gone.</param>
public sealed record TokenFacts(IReadOnlyList<string> Policies, Guid? EntityId);

/// <summary>The agent behind a credential.</summary>
/// <param name="Identity">The SPIFFE ID, or <c>key</c>.</param>
/// <param name="MappingId">The mapping that led to the agent; null for a key.</param>
/// <param name="Audience">The configured audience that the JWT-SVID named; null for a key.</param>
public sealed record AgentFacts(Guid Id, string Name, string Identity, Guid? MappingId, string? Audience);
