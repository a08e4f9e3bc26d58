using Hoop.Identity.Vault;

namespace Hoop.Identity.Tokens;

/// <summary>GET /v1/auth/token/roles/{role_name}. One role.</summary>
internal static class GetTokenRole
{
    public static void Map(RouteGroupBuilder tokens) => tokens.MapVaultRead(
        "/roles/{role_name}",
        "GetTokenRole",
        Policies.Auditor,
        async (string role_name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(role_name), cancellationToken)).ToVault());

    internal sealed record Request(string Name) : IQuery<TokenRole>;

    internal sealed class Handler(ICaller caller, TokenRoles roles) : IRequestHandler<Request, Result<TokenRole>>
    {
        public async Task<Result<TokenRole>> Handle(Request request, CancellationToken cancellationToken) =>
            await roles.Find(caller.OrgId, request.Name, cancellationToken) is { } role ? role : Error.NotFound();
    }
}
