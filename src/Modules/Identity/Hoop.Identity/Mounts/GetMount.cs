using System.Text.Json.Serialization;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Mounts;

/// <summary>
/// GET /v1/sys/auth/{path} and /v1/sys/mounts/auth/{path}/tune. One mount, or with <c>/tune</c> what may be tuned about it.
/// </summary>
internal static class GetMount
{
    /// <summary>Vault's default of 32 days, which holds where a mount says 0.</summary>
    private const long SystemTtl = 32 * 24 * 3600;

    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultRead(
            "/auth/{**path:minlength(1)}", nameof(GetMount), Policies.Auditor, (string path, ISender sender, CancellationToken cancellationToken) =>
            Answer(path, isTune: false, sender, cancellationToken));
        sys.MapVaultRead(
            "/mounts/auth/{**path:minlength(1)}",
            "GetMountTune",
            Policies.Auditor,
            (string path, ISender sender, CancellationToken cancellationToken) => Answer(path, isTune: true, sender, cancellationToken));
    }

    internal sealed record Request(string Path) : IQuery<Mount>;

    /// <param name="DefaultLeaseTtl">Seconds.</param>
    /// <param name="MaxLeaseTtl">Seconds.</param>
    internal sealed record Tune(
        string Description,
        long DefaultLeaseTtl,
        long MaxLeaseTtl,
        bool ForceNoCache,
        string TokenType,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ListingVisibility);

    private static async Task<VaultAnswer<object>> Answer(
        string text, bool isTune, ISender sender, CancellationToken cancellationToken)
    {
        var (path, asked) = MountPath.OfTune(text);
        return isTune && !asked
            ? new VaultAnswer<object>(MountErrors.OnlyTune, data: null, warnings: null)
            : (await sender.Send(new Request(path), cancellationToken)).ToVault<Mount, object>(
            mount => isTune || asked ? TuneOf(mount) : mount.ToView(), warnings: null);
    }

    private static Tune TuneOf(Mount mount)
    {
        var config = MountConfig.Of(mount.Config);
        return new Tune(
            mount.Description,
            config.DefaultLeaseTtl > 0 ? config.DefaultLeaseTtl : SystemTtl,
            config.MaxLeaseTtl > 0 ? config.MaxLeaseTtl : SystemTtl,
            config.ForceNoCache,
            config.TokenType,
            config.ListingVisibility);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Mount>>
    {
        private const string GetSql = $"""
            SELECT {Mount.Columns}
            FROM identity.mounts
            WHERE (org_id = @OrgId OR org_id IS NULL) AND path = @Path
            """;

        public async Task<Result<Mount>> Handle(Request request, CancellationToken cancellationToken) =>
            MountPath.Of(request.Path) is { } path
                && await db.Of(caller.OrgId).Find<Mount>(GetSql, new { Path = path }, cancellationToken) is { } mount
                ? mount
                : MountErrors.None(MountErrors.Shown(request.Path) + "/");
    }
}
