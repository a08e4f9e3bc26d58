using Hoop.Identity.Vault;

namespace Hoop.Identity.IdentityTokens;

/// <summary>GET /v1/identity/oidc/role/{name}. One role.</summary>
internal static class GetIdentityTokenRole
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultRead(
        "/role/{name:vault_name}",
        "GetIdentityTokenRole",
        Policies.Auditor,
        async (string name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(name), cancellationToken)).ToVault());

    internal sealed record Request(string Name) : IQuery<IdentityTokenRole>;

    internal sealed class Handler(ICaller caller, IdentityTokenRoles roles) : IRequestHandler<Request, Result<IdentityTokenRole>>
    {
        public async Task<Result<IdentityTokenRole>> Handle(Request request, CancellationToken cancellationToken) =>
            await roles.Find(caller.OrgId, request.Name, cancellationToken) is { } role ? role : Error.NotFound();
    }
}
