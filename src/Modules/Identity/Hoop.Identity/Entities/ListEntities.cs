using System.Globalization;
using System.Text.Json.Serialization;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/entity/id and .../entity/name. Both in order of the ids; none at all is 404, as in Vault.
/// The list by id pages with <c>after</c> and <c>limit</c>, OpenBao's names; without them it is whole.
/// </summary>
internal static class ListEntities
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultList(
            "/entity/id",
            "ListEntityIds",
            Policies.Auditor,
            async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(ById, warnings: null));
        identity.MapVaultList(
            "/entity/name", "ListEntityNames", Policies.Auditor, async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(After: null, Limit: null), cancellationToken)).ToVault(ByName, warnings: null));
    }

    /// <param name="After">Empty, or the last id of the page before.</param>
    /// <param name="Limit">A whole number; absent, zero and less mean all.</param>
    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<Row>>;

    internal sealed record Row(Guid Id, string Name, bool Disabled, DateTime CreationTime, DateTime LastUpdateTime);

    /// <param name="KeyInfo">By id. Left out of a list of names.</param>
    internal sealed record Response(
        IReadOnlyList<string> Keys,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<Guid, KeyInfo>? KeyInfo);

    internal sealed record KeyInfo(string Name, bool Disabled, DateTime CreationTime, DateTime LastUpdateTime);

    private static Response ById(IReadOnlyList<Row> rows) => new(
        [.. rows.Select(row => row.Id.ToString())],
        rows.ToDictionary(row => row.Id, row => new KeyInfo(row.Name, row.Disabled, row.CreationTime, row.LastUpdateTime)));

    private static Response ByName(IReadOnlyList<Row> rows) => new([.. rows.Select(row => row.Name)], KeyInfo: null);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<Row>>>
    {
        private const string ListSql = """
            SELECT id, name, disabled, created_at AS creation_time, updated_at AS last_update_time
            FROM identity.entities
            WHERE org_id = @OrgId AND id > @After
            ORDER BY id
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<Row>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var after = Guid.Empty;
            if (request.After is { Length: > 0 })
            {
                if (VaultIdConstraint.Parse(request.After) is not { } id)
                {
                    return Error.Malformed("after: use the last id of the page before");
                }

                after = id;
            }

            var limit = 0L;
            if (request.Limit is { Length: > 0 }
                && !long.TryParse(request.Limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out limit))
            {
                return Error.Malformed("limit: use a whole number");
            }

            var rows = await db.Of(caller.OrgId).List<Row>(
                ListSql, new { After = after, Limit = limit > 0 ? limit : (long?)null }, cancellationToken);
            return rows.Count == 0 ? EntityErrors.NotFound : Result.Of(rows);
        }
    }
}
