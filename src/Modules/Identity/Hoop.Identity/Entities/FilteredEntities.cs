namespace Hoop.Identity.Entities;

/// <summary>
/// Pages of those entities that a filter lets pass. How many do, no plan knows beforehand: a page of what many have is found by going
/// along the list for a while, a page of what few have by their index. Each way is ruinous for the other's case, and the planner's guess
/// takes the wrong one: so the first is tried within a bound, and the second comes when that was not enough.
/// </summary>
internal sealed class FilteredEntities(Db db, ICaller caller)
{
    /// <summary>So many are looked at one after the other. What fewer than one in a hundred has is few rows for an index.</summary>
    private const string Near = "20000";

    /// <summary>A longer page is not found so near.</summary>
    private const long MostNear = 1_000;

    private const string Shown = "id, name, disabled, created_at AS creation_time, updated_at AS last_update_time";

    private const string Stored = "id, name, name_key, metadata, policies, disabled, created_at, updated_at";

    // The aliases are few and are read first, as an array: as a join they were a look at each entity.
    private const string Conditions = """
        (@NamePrefix::text IS NULL OR starts_with(name_key, @NamePrefix))
          AND (@Metadata::jsonb IS NULL OR metadata @> @Metadata::jsonb)
          AND (@Policy::text IS NULL OR policies @> ARRAY[@Policy])
          AND (@Disabled::boolean IS NULL OR disabled = @Disabled)
          AND (@Alias::text IS NULL OR id = ANY (ARRAY(
            SELECT entity_id FROM identity.entity_aliases WHERE org_id = @OrgId AND name_key = @Alias)))
        """;

    public const string NearByIdSql = $"""
        SELECT {Shown}
        FROM (
          SELECT {Stored} FROM identity.entities WHERE org_id = @OrgId AND id > @After ORDER BY id LIMIT {Near}) AS near
        WHERE {Conditions}
        ORDER BY id
        LIMIT @Limit
        """;

    public const string NearByNameSql = $"""
        SELECT {Shown}
        FROM (
          SELECT {Stored}
          FROM identity.entities
          WHERE org_id = @OrgId AND name_key > @AfterName AND (@NamePrefix::text IS NULL OR name_key >= @NamePrefix)
          ORDER BY name_key
          LIMIT {Near}) AS near
        WHERE {Conditions}
        ORDER BY name_key
        LIMIT @Limit
        """;

    // OFFSET 0 keeps the order and the limit out of what is planned inside.
    public const string ByIdSql = $"""
        SELECT {Shown}
        FROM (SELECT {Stored} FROM identity.entities WHERE org_id = @OrgId AND id > @After AND {Conditions} OFFSET 0) AS found
        ORDER BY id
        LIMIT @Limit
        """;

    public const string ByNameSql = $"""
        SELECT {Shown}
        FROM (SELECT {Stored} FROM identity.entities WHERE org_id = @OrgId AND name_key > @AfterName AND {Conditions} OFFSET 0) AS found
        ORDER BY name_key
        LIMIT @Limit
        """;

    /// <param name="byName">In the order of the names, behind <paramref name="after"/>; else in that of the ids.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="limit">Null: all.</param>
    /// <param name="filter">At least one condition.</param>
    public async Task<IReadOnlyList<ListEntities.Row>> List(
        bool byName, (Guid Id, string Name) after, long? limit, EntityFilter filter, CancellationToken cancellationToken)
    {
        var query = new
        {
            After = after.Id,
            AfterName = after.Name,
            Limit = limit,
            filter.NamePrefix,
            filter.Metadata,
            filter.Policy,
            filter.Alias,
            filter.Disabled,
        };
        if (limit <= MostNear && !filter.IsNarrow)
        {
            var near = await db.Of(caller.OrgId).List<ListEntities.Row>(byName ? NearByNameSql : NearByIdSql, query, cancellationToken);
            if (near.Count == limit)
            {
                return near;
            }
        }

        return await db.Of(caller.OrgId).List<ListEntities.Row>(byName ? ByNameSql : ByIdSql, query, cancellationToken);
    }
}
