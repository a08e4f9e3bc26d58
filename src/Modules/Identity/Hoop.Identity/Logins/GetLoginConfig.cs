using Hoop.Identity.Vault;

namespace Hoop.Identity.Logins;

/// <summary>GET /v1/auth/{mount}/config. How the mount verifies tokens; 404 while nothing is configured, as in Vault.</summary>
internal static class GetLoginConfig
{
    public static void Map(RouteGroupBuilder auth) => auth.MapVaultRead(
        "/{mount}/config",
        nameof(GetLoginConfig),
        Policies.Auditor,
        async (string mount, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(mount), cancellationToken)).ToVault());

    internal sealed record Request(string Mount) : IQuery<LoginConfigView>;

    internal sealed class Handler(ICaller caller, LoginMounts mounts, LoginDirectory directory)
        : IRequestHandler<Request, Result<LoginConfigView>>
    {
        public async Task<Result<LoginConfigView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await mounts.Find(caller.OrgId, request.Mount, cancellationToken) is not { } mount)
            {
                return LoginMounts.None(request.Mount, "config");
            }

            return mount.Config is { } config
                ? LoginConfigView.Of(config, (await directory.Of(mount, cancellationToken))?.Status ?? "changed at this moment")
                : Error.NotFound();
        }
    }
}
