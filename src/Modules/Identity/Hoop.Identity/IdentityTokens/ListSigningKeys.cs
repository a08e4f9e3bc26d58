using Hoop.Identity.Vault;

namespace Hoop.Identity.IdentityTokens;

/// <summary>LIST (or GET with list=true) /v1/identity/oidc/key. The names, in byte order; "default" is always among them.</summary>
internal static class ListSigningKeys
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultList(
        "/key",
        "ListSigningKeys",
        Policies.Auditor,
        async (ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(), cancellationToken)).ToVault(keys => new Response(keys), warnings: null));

    internal sealed record Request : IQuery<IReadOnlyList<string>>;

    internal sealed record Response(IReadOnlyList<string> Keys);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<string>>>
    {
        private const string ListSql = """
            SELECT name
            FROM identity.oidc_keys
            WHERE org_id = @OrgId
            UNION
            SELECT 'default'
            ORDER BY name
            """;

        public async Task<Result<IReadOnlyList<string>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(await db.Of(caller.OrgId).List<string>(ListSql, args: null, cancellationToken));
    }
}
