using Hoop.Identity.Vault;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/oidc/key. The names, in byte order; "default" is always among them. <c>after</c> and
/// <c>limit</c> page.
/// </summary>
internal static class ListSigningKeys
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultList(
        "/key",
        "ListSigningKeys",
        Policies.Auditor,
        async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(keys => new Response(keys), warnings: null));

    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<string>>;

    internal sealed record Response(IReadOnlyList<string> Keys);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<string>>>
    {
        private const string ListSql = """
            SELECT name
            FROM (
              SELECT held.name FROM identity.oidc_keys AS held WHERE held.org_id = @OrgId
              UNION
              SELECT 'default') AS named
            WHERE name COLLATE "C" > @After
            ORDER BY name COLLATE "C"
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<string>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!NamePage.Read(request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            var names = await db.Of(caller.OrgId).List<string>(ListSql, page, cancellationToken);
            return names.Count == 0 ? Error.NotFound() : Result.Of(names);
        }
    }
}
