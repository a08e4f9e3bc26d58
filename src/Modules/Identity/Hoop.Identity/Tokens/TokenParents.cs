using Hoop.Identity.AccessRules;
using Hoop.Identity.Aliases;

namespace Hoop.Identity.Tokens;

/// <summary>Who makes a token, as far as the token depends on it.</summary>
/// <param name="Id">A token of Vault's kind; null for every other credential.</param>
/// <param name="ApiTokenId">An API token, whose end is the end of the family.</param>
/// <param name="Policies">Of the credential itself; an admin counts as root.</param>
/// <param name="EndsAt">When it ends, if it does.</param>
/// <param name="Maker">
/// Who stands at the beginning of the family, by the identity store's names; null for what was made before that was written down.
/// </param>
internal sealed record TokenParent(
    Guid? Id,
    Guid? ApiTokenId,
    int Generation,
    IReadOnlyCollection<string> Policies,
    Guid? EntityId,
    int NumUses,
    DateTime? EndsAt,
    MakerName? Maker);

/// <summary>As <c>identity.entity_aliases</c> names somebody who signs in.</summary>
internal sealed record MakerName(string Mount, string Name);

/// <summary>Looks at the caller as the parent of a token.</summary>
internal sealed class TokenParents(Db db, IEnumerable<ICredentialCheck> checks)
{
    private const string FindSql = """
        SELECT id, generation, policies, entity_id, num_uses, expires_at AS ends_at, maker_mount, maker_name
        FROM identity.tokens
        WHERE org_id = @OrgId AND id = @Id
        """;

    [CrossOrg("The operator's token acts in organizations that are not its own.")]
    private const string HoldsSql = """
        SELECT EXISTS (
          SELECT
          FROM identity.api_tokens
          WHERE id = @Id AND (expires_at IS NULL OR expires_at > now())
        )
        """;

    /// <summary>Null when the credential that asks is gone: a request may hold its body back until after it was revoked.</summary>
    public async Task<TokenParent?> Of(Caller caller, CancellationToken cancellationToken)
    {
        // Before the parent is read: a revocation that is under way ends first, and then there is none.
        await db.Of(caller.OrgId).ShareTokenLock(cancellationToken);
        if (VaultToken.IdOf(caller) is { } id)
        {
            return await db.Of(caller.OrgId).Find<Row>(FindSql, new { Id = id }, cancellationToken) is { } row
                ? new TokenParent(
                    row.Id, ApiTokenId: null, row.Generation + 1, row.Policies, row.EntityId, row.NumUses, row.EndsAt, row.Maker)
                : null;
        }

        foreach (var check in checks)
        {
            if (!await check.Holds(cancellationToken))
            {
                return null;
            }
        }

        var apiToken = caller.Kind is CallerKind.ApiToken or CallerKind.Operator ? Vault.VaultIdConstraint.Parse(caller.Alias.Name) : null;
        if (apiToken is not null && !await db.AcrossOrgs.Find<bool>(HoldsSql, new { Id = apiToken }, cancellationToken))
        {
            return null;
        }

        string[] policies = caller.Role == Role.Admin ? [Acl.Root] : [];
        var (mount, name) = SignInName.Of(caller.Alias);
        return new TokenParent(
            Id: null,
            apiToken,
            0,
            policies,
            caller.EntityId,
            0,
            caller.ExpiresAt?.UtcDateTime,
            new MakerName(mount, name));
    }

    private sealed record Row(
        Guid Id,
        int Generation,
        string[] Policies,
        Guid? EntityId,
        int NumUses,
        DateTime? EndsAt,
        string? MakerMount,
        string? MakerName)
    {
        public MakerName? Maker => MakerMount is null ? null : new MakerName(MakerMount, MakerName!);
    }
}
