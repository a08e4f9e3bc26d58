using System.Text.Json.Serialization;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Aliases;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/entity-alias/id, also below <c>alias</c> and <c>persona</c>. Pages with <c>after</c> and
/// <c>limit</c>; none at all is 404, as in Vault.
/// </summary>
internal static class ListAliases
{
    public static void Map(RouteGroupBuilder identity)
    {
        foreach (var (path, name, _) in AliasPaths.All)
        {
            identity.MapVaultList(
                $"{path}/id",
                $"ListEntity{name}Ids",
                Policies.Auditor,
                async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
                    (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(Response.Of, warnings: null));
        }
    }

    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<EntityAlias>>;

    internal sealed record Response(IReadOnlyList<Guid> Keys, IReadOnlyDictionary<Guid, KeyInfo> KeyInfo)
    {
        public static Response Of(IReadOnlyList<EntityAlias> aliases) =>
            new([.. aliases.Select(alias => alias.Id)], aliases.ToDictionary(alias => alias.Id, ListAliases.KeyInfo.Of));
    }

    internal sealed record KeyInfo(
        string Name,
        Guid CanonicalId,
        string MountAccessor,
        string MountType,
        string MountPath,
        bool Local,
        [property: JsonConverter(typeof(StoredJson))] string? Metadata,
        [property: JsonConverter(typeof(StoredJson))] string? CustomMetadata,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? LastUsedAt)
    {
        public static KeyInfo Of(EntityAlias alias) => new(
            alias.Name,
            alias.CanonicalId,
            alias.MountAccessor,
            alias.MountType,
            alias.MountPath,
            alias.Local,
            alias.Metadata,
            alias.CustomMetadata,
            alias.LastUsedAt);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<EntityAlias>>>
    {
        public const string ListSql = $"""
            SELECT {EntityAlias.Columns}
            FROM {EntityAlias.From}
            WHERE alias.org_id = @OrgId AND alias.id > @After
            ORDER BY alias.id
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<EntityAlias>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!ListPage.Read(request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<EntityAlias>(ListSql, page, cancellationToken);
            return rows.Count == 0 ? AliasErrors.NotFound : Result.Of(rows);
        }
    }
}
