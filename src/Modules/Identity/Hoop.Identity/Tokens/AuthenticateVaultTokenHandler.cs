using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.Tokens;

/// <summary>
/// One statement on the database's clock: the token by its hash, that it and all its parents still hold, and one use less where uses are
/// counted. Of parallel requests exactly as many pass as there are uses, on all gateways together. The use of others is noted once a
/// minute.
/// </summary>
internal sealed class AuthenticateVaultTokenHandler(Db db, Dependencies on, SeenTokens seen)
    : IRequestHandler<AuthenticateVaultToken, Verdict<Authenticated>>
{
    [CrossOrg("The token is what names the organization.")]
    private const string IsThereSql = """
        SELECT EXISTS (SELECT FROM identity.tokens WHERE token_hash = @Hash)
        """;

    // The aliases are asked for one by one: as a join it was planned as a walk over all of them while they were some thousand, at each use
    // of a token.
    private const string FoundGood = """
        WITH RECURSIVE found AS (
          SELECT id, org_id, parent_id, api_token_hash, display_name, policies, entity_id, person_id, expires_at, uses_left,
                 maker_mount, maker_name, alias_id
          FROM identity.tokens
          WHERE token_hash = @Hash
        ), line AS (
          SELECT parent_id, expires_at, alias_id
          FROM found
          UNION ALL
          SELECT parent.parent_id, parent.expires_at, parent.alias_id
          FROM line
          JOIN identity.tokens AS parent ON parent.id = line.parent_id
        ), alias_end AS (
          SELECT alias.expires_at
          FROM line
          CROSS JOIN LATERAL (
            SELECT one.expires_at
            FROM identity.entity_aliases AS one
            WHERE one.id = line.alias_id
            OFFSET 0) AS alias
        ), good AS (
          SELECT found.id, extract(epoch FROM least(
            (SELECT min(line.expires_at) FROM line),
            (SELECT min(alias_end.expires_at) FROM alias_end),
            (SELECT held.expires_at FROM identity.api_tokens AS held WHERE held.token_hash = found.api_token_hash)) - now()
            )::double precision AS seconds_left
          FROM found
          WHERE NOT EXISTS (SELECT FROM line WHERE line.expires_at <= now())
            AND NOT EXISTS (SELECT FROM alias_end WHERE alias_end.expires_at <= now())
            AND (found.api_token_hash IS NULL OR EXISTS (
              SELECT FROM identity.api_tokens AS held
              WHERE held.token_hash = found.api_token_hash AND (held.expires_at IS NULL OR held.expires_at > now())))
            AND NOT EXISTS (
              SELECT FROM identity.entity_aliases AS alias
              JOIN identity.entities AS maker ON maker.org_id = alias.org_id AND maker.id = alias.entity_id
              WHERE alias.org_id = found.org_id AND alias.mount = found.maker_mount AND alias.name = found.maker_name
                AND (maker.disabled OR least(maker.expires_at, alias.expires_at) <= now()))
        )
        """;

    [CrossOrg("The token is what names the organization.")]
    public const string UseSql = $"""
        {FoundGood}, used AS (
          UPDATE identity.tokens AS token
          SET uses_left = token.uses_left - 1, last_used_at = now()
          FROM good
          WHERE token.id = good.id
            AND (token.uses_left > 0
              OR (token.uses_left IS NULL AND (token.last_used_at IS NULL OR token.last_used_at < now() - interval '1 minute')))
          RETURNING token.id
        )
        SELECT found.id, found.org_id, found.display_name, found.policies, found.entity_id, found.expires_at, good.seconds_left,
               found.uses_left IS NOT NULL AS is_counted, found.person_id
        FROM found
        JOIN good ON good.id = found.id
        WHERE found.uses_left IS NULL OR EXISTS (SELECT FROM used)
        """;

    [CrossOrg("The token is what names the organization.")]
    public const string HoldsSql = $"""
        {FoundGood}
        SELECT found.id, found.org_id, found.display_name, found.policies, found.entity_id, found.expires_at, good.seconds_left,
               found.uses_left IS NOT NULL AS is_counted, found.person_id
        FROM found
        JOIN good ON good.id = found.id
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateVaultToken request, CancellationToken cancellationToken)
    {
        var tokens = on.On(VaultToken.Topic);
        var hash = SecretHash.Of(request.Token);
        if (!seen.Has(hash) && !await db.AcrossOrgs.Find<bool>(IsThereSql, new { Hash = hash }, cancellationToken))
        {
            return Gone;
        }

        var factors = new { Hash = hash };
        var row = request.IsUse
            ? await db.AcrossOrgs.Find<Row>(UseSql, factors, cancellationToken)
            : await db.AcrossOrgs.Find<Row>(HoldsSql, factors, cancellationToken);
        if (row is null)
        {
            seen.Forget(hash);
            return Gone;
        }

        seen.Note(hash);
        tokens.Key(ChangeKey.Of(row.OrgId));
        if (row.IsCounted)
        {
            // Each use is one row less, so none may be answered from memory.
            on.NoLongerThan(TimeSpan.Zero);
        }
        else if (row.SecondsLeft is { } left)
        {
            // Its own end, and those of its parents and of what it was made with.
            on.NoLongerThan(TimeSpan.FromSeconds(left));
        }

        return new Authenticated(row.OrgId, CallerKind.VaultToken, Alias.OfToken(row.Id), row.DisplayName, Groups: [], row.ExpiresAt)
        {
            Token = new TokenFacts(row.Policies, row.EntityId),
            Person = row.PersonId is { } person ? new PersonReference(person, Issuer: null, Subject: null) : null,
        };
    }

    private static readonly Refusal Gone = new(
        "unknown_credential", "the token is unknown, expired, used up or revoked, or who or what made it is");

    private sealed record Row(
        Guid Id,
        Guid OrgId,
        string DisplayName,
        string[] Policies,
        Guid? EntityId,
        DateTime? ExpiresAt,
        double? SecondsLeft,
        bool IsCounted,
        Guid? PersonId);
}
