using Hoop.Identity.Vault;

namespace Hoop.Identity.Logins;

/// <summary>LIST (or GET with list=true) /v1/auth/{mount}/role. The names, in byte order; none at all is 404, as in Vault.</summary>
internal static class ListLoginRoles
{
    public static void Map(RouteGroupBuilder auth) => auth.MapVaultList(
        "/{mount}/role",
        nameof(ListLoginRoles),
        Policies.Auditor,
        async (string mount, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(mount), cancellationToken)).ToVault(keys => new Response(keys), warnings: null));

    internal sealed record Request(string Mount) : IQuery<IReadOnlyList<string>>;

    internal sealed record Response(IReadOnlyList<string> Keys);

    internal sealed class Handler(Db db, ICaller caller, LoginMounts mounts) : IRequestHandler<Request, Result<IReadOnlyList<string>>>
    {
        private const string ListSql = """
            SELECT name
            FROM identity.login_roles
            WHERE org_id = @OrgId AND accessor = @Accessor
            ORDER BY name
            """;

        public async Task<Result<IReadOnlyList<string>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await mounts.Find(caller.OrgId, request.Mount, cancellationToken) is not { } mount)
            {
                return LoginMounts.None(request.Mount, "role");
            }

            var names = await db.Of(caller.OrgId).List<string>(ListSql, new { mount.Accessor }, cancellationToken);
            return names.Count == 0 ? Error.NotFound() : Result.Of(names);
        }
    }
}
