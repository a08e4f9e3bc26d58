using System.Globalization;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>
/// GET /v1/identity/entity/unused. Entities that nobody signed in as for <c>days</c> days (30 without it), and those that have expired:
/// what <c>entity/tidy</c> would delete. Pages with <c>after</c> and <c>limit</c>.
/// </summary>
internal static class ListUnusedEntities
{
    public static void Map(RouteGroupBuilder identity) => identity.MapVaultRead(
        "/entity/unused",
        nameof(ListUnusedEntities),
        Policies.Auditor,
        async (string? days, string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(days, after, limit), cancellationToken)).ToVault());

    internal sealed record Request(string? Days, string? After, string? Limit) : IQuery<Response>;

    /// <param name="KeyInfo">By id.</param>
    internal sealed record Response(IReadOnlyList<Guid> Keys, IReadOnlyDictionary<Guid, UnusedEntity> KeyInfo);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!ListPage.Read(request.After, request.Limit).Succeeded(out var page, out var error)
                || !UnusedEntity.ReadDays(request.Days).Succeeded(out var days, out error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<UnusedEntity>(
                UnusedEntity.ListSql, new { days.Days, page.After, page.Limit, Ids = (Guid[]?)null }, cancellationToken);
            return new Response([.. rows.Select(row => row.Id)], rows.ToDictionary(row => row.Id));
        }
    }
}

/// <param name="LastUsedAt">The last sign-in by one of its aliases; null for none that is known.</param>
/// <param name="ExpiresAt">Of the entity; null without one.</param>
internal sealed record UnusedEntity(
    Guid Id, string Name, string? Owner, DateTime CreationTime, DateTime? LastUsedAt, DateTime? ExpiresAt)
{
    public const int DefaultDays = 30;

    // An entity, or an alias of it, that is younger than the days asked for had no chance to be used.
    public const string ListSql = """
        SELECT entity.id, entity.name, entity.owner, entity.created_at AS creation_time, used.last_used_at, entity.expires_at
        FROM identity.entities AS entity
        CROSS JOIN LATERAL (
          SELECT max(alias.last_used_at) AS last_used_at, max(alias.created_at) AS created_at
          FROM identity.entity_aliases AS alias
          WHERE alias.org_id = @OrgId AND alias.entity_id = entity.id) AS used
        WHERE entity.org_id = @OrgId AND entity.id > @After AND (@Ids::uuid[] IS NULL OR entity.id = ANY (@Ids))
          AND (entity.expires_at <= now()
            OR greatest(entity.created_at, used.created_at, used.last_used_at) < now() - make_interval(days => @Days))
        ORDER BY entity.id
        LIMIT @Limit
        """;

    public static Result<Age> ReadDays(string? text) =>
        text is null or "" ? new Age(DefaultDays)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 36_500 ? new Age(days)
        : Error.Malformed("days: use a whole number from 1 to 36500");

    internal sealed record Age(int Days);
}
