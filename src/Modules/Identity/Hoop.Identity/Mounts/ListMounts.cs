using Hoop.Identity.Vault;

namespace Hoop.Identity.Mounts;

/// <summary>
/// GET /v1/sys/auth. All mounts by path, the gateway's own among them; under <c>data</c>, and beside it for clients of old.
/// </summary>
internal static class ListMounts
{
    public static void Map(RouteGroupBuilder sys) => sys.MapVaultRead(
        "/auth",
        nameof(ListMounts),
        Policies.Auditor,
        async (ISender sender, CancellationToken cancellationToken) =>
            new MountTable((await sender.Send(new Request(), cancellationToken)).Select(Views)));

    internal sealed record Request : IQuery<IReadOnlyList<Mount>>;

    private static IReadOnlyDictionary<string, MountView> Views(IReadOnlyList<Mount> mounts) =>
        mounts.ToDictionary(mount => mount.Path, mount => mount.ToView(), StringComparer.Ordinal);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<Mount>>>
    {
        private const string ListSql = $"""
            SELECT {Mount.Columns}
            FROM identity.mounts
            WHERE org_id = @OrgId OR org_id IS NULL
            ORDER BY path
            """;

        public async Task<Result<IReadOnlyList<Mount>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(await db.Of(caller.OrgId).List<Mount>(ListSql, args: null, cancellationToken));
    }
}
