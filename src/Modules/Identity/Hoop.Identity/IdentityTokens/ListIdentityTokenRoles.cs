using Hoop.Identity.Vault;

namespace Hoop.Identity.IdentityTokens;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/oidc/role. The names, in byte order; none at all is 404, as in Vault.
/// <c>after</c> and <c>limit</c> page.
/// </summary>
internal static class ListIdentityTokenRoles
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultList(
        "/role",
        "ListIdentityTokenRoles",
        Policies.Auditor,
        async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(keys => new Response(keys), warnings: null));

    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<string>>;

    internal sealed record Response(IReadOnlyList<string> Keys);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<string>>>
    {
        private const string ListSql = """
            SELECT name
            FROM identity.oidc_roles
            WHERE org_id = @OrgId AND name > @After
            ORDER BY name
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
