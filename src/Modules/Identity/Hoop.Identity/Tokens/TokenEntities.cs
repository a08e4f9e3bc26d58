using Hoop.Identity.Aliases;

namespace Hoop.Identity.Tokens;

/// <summary>The entity that a token is for.</summary>
/// <param name="Policies">What the entity may do, of itself and of its groups.</param>
internal sealed record TokenEntity(Guid? Id, IReadOnlyList<string> Policies, IReadOnlyList<string> Warnings);

/// <summary>
/// Finds the entity of a new token: the one of the alias that is asked for, made when there is none, else that of the parent. An orphan has
/// none.
/// </summary>
internal sealed class TokenEntities(Db db, ICaller caller, ISender sender)
{
    private const string AccessorSql = """
        SELECT accessor
        FROM identity.mounts
        WHERE (org_id = @OrgId OR org_id IS NULL) AND path = 'token/'
        """;

    private const string FindAliasSql = """
        SELECT alias.entity_id, entity.disabled
        FROM identity.entity_aliases AS alias
        JOIN identity.entities AS entity ON entity.org_id = alias.org_id AND entity.id = alias.entity_id
        WHERE alias.org_id = @OrgId AND alias.accessor = @Accessor AND alias.name_key = @NameKey
        """;

    public const string PoliciesSql = $"""
        WITH RECURSIVE direct AS (
          SELECT edge.group_id
          FROM identity.group_entities AS edge
          WHERE edge.org_id = @OrgId AND edge.entity_id = @EntityId
          UNION
          {ToldGroups.GroupsSql} @EntityId
        ), {GroupsAbove.Member}
        SELECT unnest(entity.policies) AS policy
        FROM identity.entities AS entity
        WHERE entity.org_id = @OrgId AND entity.id = @EntityId
        UNION
        SELECT unnest(held.policies)
        FROM member
        CROSS JOIN LATERAL (
          SELECT one.policies
          FROM identity.groups AS one
          WHERE one.org_id = @OrgId AND one.id = member.group_id
          OFFSET 0) AS held
        ORDER BY policy
        """;

    private static readonly Error NoRole = Error.Invalid("'entity_alias' is only allowed in combination with token role", "no_role");

    private static readonly Error NotAllowed = Error.Invalid("invalid 'entity_alias' value", "entity_alias");

    private static readonly Error Disabled = Error.Denied("entity from given entity alias is disabled", "entity_disabled");

    public async Task<Result<TokenEntity>> Of(
        TokenRequest request, TokenRole? role, Guid? ofParent, CancellationToken cancellationToken)
    {
        if (request.EntityAlias.Length == 0)
        {
            return await With(ofParent, [], cancellationToken);
        }

        if (role is null || !role.AllowsAlias(request.EntityAlias))
        {
            return role is null ? NoRole : NotAllowed;
        }

        var accessor = await db.Of(caller.OrgId).Find<string>(AccessorSql, args: null, cancellationToken);
        var factors = new { Accessor = accessor!, NameKey = AliasName.KeyOf(request.EntityAlias) };
        if (await db.Of(caller.OrgId).Find<Row>(FindAliasSql, factors, cancellationToken) is { } found)
        {
            return found.Disabled ? Disabled : await With(found.EntityId, [], cancellationToken);
        }

        var change = new AliasChange("", request.EntityAlias, factors.Accessor, "", default, new Entities.Hygiene(default, default));
        var made = await sender.Send(new SetAlias.Request(change), cancellationToken);
        return made.Succeeded(out var written, out var error)
            ? await With(
                written.EntityId,
                [$"the alias \"{request.EntityAlias}\" was not known: the entity {written.EntityId} was made for it"],
                cancellationToken)
            : error;
    }

    /// <summary>The policies of an entity and of all groups that it is in.</summary>
    public async Task<TokenEntity> With(Guid? entityId, IReadOnlyList<string> warnings, CancellationToken cancellationToken) => new(
        entityId,
        entityId is { } id ? await db.Of(caller.OrgId).List<string>(PoliciesSql, new { EntityId = id }, cancellationToken) : [],
        warnings);

    private sealed record Row(Guid EntityId, bool Disabled);
}
