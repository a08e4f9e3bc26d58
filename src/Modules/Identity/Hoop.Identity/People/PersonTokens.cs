using Hoop.Identity.Tokens;

namespace Hoop.Identity.People;

/// <summary>
/// Tokens of Vault's kind that a person, or one of its API tokens, has made. They carry policies of their own, so they end when the person
/// has less than it had; while it is only inactive they are refused and stay.
/// </summary>
internal sealed class PersonTokens(Db db, TokenFamilies families)
{
    private const string MadeSql = """
        SELECT id
        FROM identity.tokens
        WHERE org_id = @OrgId AND person_id = @PersonId
        """;

    public async Task End(Guid orgId, Guid personId, string reason, CancellationToken cancellationToken)
    {
        db.Announce(VaultToken.Topic, ChangeKey.Of(orgId));
        await db.Of(orgId).TakeTokenLock(cancellationToken);
        var made = await db.Of(orgId).List<Guid>(MadeSql, new { PersonId = personId }, cancellationToken);
        if (made.Count > 0)
        {
            var gone = await families.Revoke(orgId, made, cancellationToken);
            await families.Record(orgId, gone.Intersect(made), reason, cancellationToken);
        }
    }

    /// <summary>When a group is among what was and not among what is.</summary>
    public Task EndWhenLess(
        Guid orgId, Guid personId, IEnumerable<string> before, IEnumerable<string> after, CancellationToken cancellationToken) =>
        before.Except(after, StringComparer.Ordinal).Any()
            ? End(orgId, personId, "person_lost_groups", cancellationToken)
            : Task.CompletedTask;
}
