using System.Text.Json.Serialization;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Entities;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/entity/id and .../entity/name. In order of the ids; none at all is 404, as in Vault. Pages
/// with <c>after</c> and <c>limit</c>, OpenBao's names, where a list of names goes by name; filters are <c>name_prefix</c>,
/// <c>metadata.KEY</c>, <c>policy</c>, <c>alias</c> and <c>disabled</c>.
/// </summary>
internal static class ListEntities
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultList(
            "/entity/id",
            "ListEntityIds",
            Policies.Auditor,
            async (string? after, string? limit, HttpRequest request, ISender sender, CancellationToken cancellationToken) =>
                (await Send(byName: false, after, limit, request, sender, cancellationToken)).ToVault(ById, warnings: null));
        identity.MapVaultList(
            "/entity/name",
            "ListEntityNames",
            Policies.Auditor,
            async (string? after, string? limit, HttpRequest request, ISender sender, CancellationToken cancellationToken) =>
                (await Send(byName: true, after, limit, request, sender, cancellationToken)).ToVault(ByName, warnings: null));
    }

    private static async Task<Result<IReadOnlyList<Row>>> Send(
        bool byName, string? after, string? limit, HttpRequest request, ISender sender, CancellationToken cancellationToken) =>
        EntityFilter.Read(request.Query).Succeeded(out var filter, out var error)
            ? await sender.Send(new Request(byName, after, limit, filter), cancellationToken)
            : error;

    /// <param name="After">Empty, or the last key of the page before.</param>
    /// <param name="Limit">A whole number; absent, zero and less mean all.</param>
    internal sealed record Request(bool ByName, string? After, string? Limit, EntityFilter Filter) : IQuery<IReadOnlyList<Row>>;

    internal sealed record Row(Guid Id, string Name, bool Disabled, DateTime CreationTime, DateTime LastUpdateTime)
    {
        public IReadOnlyList<AliasSummary>? Aliases { get; init; }
    }

    /// <param name="KeyInfo">By id. Left out of a list of names.</param>
    internal sealed record Response(
        IReadOnlyList<string> Keys,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<Guid, KeyInfo>? KeyInfo);

    /// <param name="Aliases">Left out without any.</param>
    internal sealed record KeyInfo(
        string Name,
        bool Disabled,
        DateTime CreationTime,
        DateTime LastUpdateTime,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<AliasSummary>? Aliases);

    private static Response ById(IReadOnlyList<Row> rows) => new(
        [.. rows.Select(row => row.Id.ToString())],
        rows.ToDictionary(
            row => row.Id, row => new KeyInfo(row.Name, row.Disabled, row.CreationTime, row.LastUpdateTime, row.Aliases)));

    private static Response ByName(IReadOnlyList<Row> rows) => new([.. rows.Select(row => row.Name)], KeyInfo: null);

    internal sealed class Handler(Db db, ICaller caller, FilteredEntities filtered, AliasSummaries aliases)
        : IRequestHandler<Request, Result<IReadOnlyList<Row>>>
    {
        private const string Columns = "id, name, disabled, created_at AS creation_time, updated_at AS last_update_time";

        public const string ListSql = $"""
            SELECT {Columns}
            FROM identity.entities
            WHERE org_id = @OrgId AND id > @After
            ORDER BY id
            LIMIT @Limit
            """;

        public const string PageByNameSql = $"""
            SELECT {Columns}
            FROM identity.entities
            WHERE org_id = @OrgId AND name_key > @AfterName
            ORDER BY name_key
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<Row>>> Handle(Request request, CancellationToken cancellationToken)
        {
            // A page of names begins behind a name; the whole list of them is in the order of the ids, as in Vault.
            var pagesByName = request.ByName && (request.After is { Length: > 0 } || request.Limit is { Length: > 0 });
            if (!ListPage.Read(pagesByName ? null : request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            var (after, name) = (page.After, EntityName.KeyOf(request.After ?? ""));
            var rows = request.Filter.IsNone
                ? await db.Of(caller.OrgId).List<Row>(
                    pagesByName ? PageByNameSql : ListSql, new { After = after, AfterName = name, page.Limit }, cancellationToken)
                : await filtered.List(pagesByName, (after, name), page.Limit, request.Filter, cancellationToken);
            return rows.Count == 0 ? EntityErrors.NotFound
                : request.ByName ? Result.Of(rows)
                : Result.Of<IReadOnlyList<Row>>(await WithAliases(rows, cancellationToken));
        }

        private async Task<Row[]> WithAliases(IReadOnlyList<Row> rows, CancellationToken cancellationToken)
        {
            var found = await aliases.Of(rows.Select(row => row.Id), cancellationToken);
            return [.. rows.Select(row => found[row.Id].ToArray() is { Length: > 0 } own ? row with { Aliases = own } : row)];
        }
    }
}
