namespace Hoop.Identity.Entities;

/// <summary>Reads one entity with its aliases and groups.</summary>
internal sealed class EntityReader(Db db, ICaller caller)
{
    public const string ByIdSql = $"""
        SELECT {Entity.Columns}
        FROM identity.entities AS entity
        WHERE entity.org_id = @OrgId AND entity.id = @Id
        """;

    public const string ByNameSql = $"""
        SELECT {Entity.Columns}
        FROM identity.entities AS entity
        WHERE entity.org_id = @OrgId AND entity.name_key = @NameKey
        """;

    public const string AliasesSql = $"""
        SELECT {EntityAlias.Columns}
        FROM {EntityAlias.From}
        WHERE alias.org_id = @OrgId AND alias.entity_id = @Id
        ORDER BY alias.id
        """;

    public async Task<Entity?> ById(Guid id, CancellationToken cancellationToken) =>
        await WithAliases(await db.Of(caller.OrgId).Find<Entity>(ByIdSql, new { Id = id }, cancellationToken), cancellationToken);

    public async Task<Entity?> ByName(string name, CancellationToken cancellationToken) => await WithAliases(
        await db.Of(caller.OrgId).Find<Entity>(ByNameSql, new { NameKey = EntityName.KeyOf(name) }, cancellationToken), cancellationToken);

    private async Task<Entity?> WithAliases(Entity? entity, CancellationToken cancellationToken) => entity is null
        ? null
        : entity with
        {
            Aliases = await db.Of(caller.OrgId).List<EntityAlias>(AliasesSql, new { entity.Id }, cancellationToken),
        };
}
