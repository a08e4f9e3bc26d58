using Hoop.Identity.Vault;

namespace Hoop.Identity.TokenKeys;

/// <summary>GET /v1/identity/oidc/key/{name}. One key, without any private part.</summary>
internal static class GetSigningKey
{
    public static void Map(RouteGroupBuilder oidc) => oidc.MapVaultRead(
        "/key/{name:vault_name}",
        "GetSigningKey",
        Policies.Auditor,
        async (string name, ISender sender, CancellationToken cancellationToken) =>
        (await sender.Send(new Request(name), cancellationToken)).ToVault(Response.Of, warnings: null));

    internal sealed record Request(string Name) : IQuery<SigningKey>;

    /// <summary>Times in seconds.</summary>
    /// <param name="PublishAhead">For so long the next version is published before it signs.</param>
    /// <param name="NextRotation">The plan.</param>
    internal sealed record Response(
        int RotationPeriod,
        int VerificationTtl,
        string Algorithm,
        IReadOnlyList<string> AllowedClientIds,
        int PublishAhead,
        DateTime NextRotation)
    {
        public static Response Of(SigningKey key) => new(
            key.RotationPeriod, key.VerificationTtl, key.Algorithm, key.AllowedClientIds, key.PublishAhead, key.RotatesAt);
    }

    internal sealed class Handler(ICaller caller, SigningKeys keys) : IRequestHandler<Request, Result<SigningKey>>
    {
        public async Task<Result<SigningKey>> Handle(Request request, CancellationToken cancellationToken) =>
            await keys.Show(caller.OrgId, request.Name, cancellationToken) is { } key ? key : Error.NotFound();
    }
}
