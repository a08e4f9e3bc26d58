using Hoop.Identity.Vault;

namespace Hoop.Identity.Logins;

/// <summary>GET /v1/auth/{mount}/role/{name}. One role.</summary>
internal static class GetLoginRole
{
    public static void Map(RouteGroupBuilder auth) => auth.MapVaultRead(
        "/{mount}/role/{name}",
        nameof(GetLoginRole),
        Policies.Auditor,
        async (string mount, string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(mount, AsciiCase.Fold(name)), cancellationToken)).ToVault());

    internal sealed record Request(string Mount, string Name) : IQuery<LoginRole>;

    internal sealed class Handler(ICaller caller, LoginMounts mounts) : IRequestHandler<Request, Result<LoginRole>>
    {
        public async Task<Result<LoginRole>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await mounts.Find(caller.OrgId, request.Mount, cancellationToken) is not { } mount)
            {
                return LoginMounts.None(request.Mount, $"role/{request.Name}");
            }

            return await mounts.FindRole(caller.OrgId, mount.Accessor, request.Name, cancellationToken) is { } role
                ? role
                : Error.NotFound();
        }
    }
}
