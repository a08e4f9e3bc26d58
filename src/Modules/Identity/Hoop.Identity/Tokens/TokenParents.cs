using Hoop.Identity.AclPolicies;

namespace Hoop.Identity.Tokens;

/// <summary>Who makes a token, as far as the token depends on it.</summary>
/// <param name="Id">A token of Vault's kind; null for every other credential.</param>
/// <param name="ApiTokenId">An API token, whose end is the end of the family.</param>
/// <param name="Policies">Of the credential itself; an admin counts as root.</param>
/// <param name="EndsAt">When it ends, if it does.</param>
internal sealed record TokenParent(
    Guid? Id, Guid? ApiTokenId, int Generation, IReadOnlyCollection<string> Policies, Guid? EntityId, int NumUses, DateTime? EndsAt)
{
    /// <summary>False for a person or a workload, whose credential is no row here: what it makes is an orphan.</summary>
    public bool HasFamily => Id is not null || ApiTokenId is not null;
}

/// <summary>Looks at the caller as the parent of a token.</summary>
internal sealed class TokenParents(Db db)
{
    private const string FindSql = """
        SELECT id, generation, policies, entity_id, num_uses, expires_at AS ends_at
        FROM identity.tokens
        WHERE org_id = @OrgId AND id = @Id
        """;

    public async Task<TokenParent> Of(Caller caller, CancellationToken cancellationToken)
    {
        // Before the parent is read: a revocation that is under way ends first, and then there is none.
        await db.Of(caller.OrgId).ShareTokenLock(cancellationToken);
        if (VaultToken.IdOf(caller) is { } id)
        {
            return await db.Of(caller.OrgId).Find<Row>(FindSql, new { Id = id }, cancellationToken) is { } row
                ? new TokenParent(row.Id, ApiTokenId: null, row.Generation + 1, row.Policies, row.EntityId, row.NumUses, row.EndsAt)
                : new TokenParent(id, ApiTokenId: null, 0, [], EntityId: null, 0, EndsAt: null);
        }

        string[] policies = caller.Role == Role.Admin ? [Acl.Root] : [];
        return new TokenParent(
            Id: null,
            caller.Kind is CallerKind.ApiToken or CallerKind.Operator ? Vault.VaultIdConstraint.Parse(caller.Alias.Name) : null,
            0,
            policies,
            caller.EntityId,
            0,
            caller.ExpiresAt?.UtcDateTime);
    }

    private sealed record Row(Guid Id, int Generation, string[] Policies, Guid? EntityId, int NumUses, DateTime? EndsAt);
}
