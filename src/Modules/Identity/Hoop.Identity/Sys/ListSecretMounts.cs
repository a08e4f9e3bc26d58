using System.Security.Cryptography;
using System.Text;
using Hoop.Identity.Mounts;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Sys;

/// <summary>
/// GET /v1/sys/mounts and /v1/sys/internal/ui/mounts. What is served besides signing in: the identity store and the
/// system's own paths. Clients ask before they use a path.
/// </summary>
internal static class ListSecretMounts
{
    public static void Map(RouteGroupBuilder sys)
    {
        sys.MapVaultRead(
            "/mounts",
            "ListSecretMounts",
            Policies.Auditor,
            async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToVault(mounts => mounts.Secret, warnings: null).OnTop());
        sys.MapVaultRead(
            "/internal/ui/mounts",
            "ListUiMounts",
            Policies.Authenticated,
            async (ISender sender, CancellationToken cancellationToken) => (await sender.Send(new Request(), cancellationToken)).ToVault());
    }

    internal sealed record Request : IQuery<Response>;

    internal sealed record Response(IReadOnlyDictionary<string, Shown> Secret, IReadOnlyDictionary<string, Shown> Auth);

    internal sealed record Shown(
        string Type,
        string Description,
        string Accessor,
        bool Local,
        bool SealWrap,
        bool ExternalEntropyAccess,
        object? Options,
        Config Config);

    internal sealed record Config(int DefaultLeaseTtl, int MaxLeaseTtl, bool ForceNoCache);

    internal sealed class Handler(ISender sender) : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var mounts = await sender.Send(new ListMounts.Request(), cancellationToken);
            return mounts.Select(all => new Response(
                Own,
                all.ToDictionary(
                    mount => mount.Path,
                    mount => Of(mount.Type, mount.Description, mount.Accessor),
                    StringComparer.Ordinal)));
        }
    }

    private static readonly Dictionary<string, Shown> Own = new(StringComparer.Ordinal)
    {
        ["identity/"] = Of("identity", "identity store", AccessorOf("identity")),
        ["sys/"] = Of("system", "policies, mounts and the state of the gateway", AccessorOf("system")),
    };

    private static Shown Of(string type, string description, string accessor) => new(
        type, description, accessor, Local: false, SealWrap: false, ExternalEntropyAccess: false, Options: null, new Config(0, 0, false));

    // The same on every gateway, in the form of an accessor.
    private static string AccessorOf(string type) =>
        $"{type}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(type)))[..8]}";
}
