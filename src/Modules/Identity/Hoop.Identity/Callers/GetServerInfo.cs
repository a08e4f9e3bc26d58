using Hoop.Identity.FeatureFlags;

namespace Hoop.Identity.Callers;

/// <summary>GET /api/serverinfo. What hoop's clients ask a gateway about itself once they are signed in.</summary>
internal static class GetServerInfo
{
    private const string AuthMethod = "oidc";

    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/serverinfo", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated)
        .WithName(nameof(GetServerInfo));

    internal sealed record Request : IQuery<Response>;

    /// <param name="ApiUrl">The address that clients use for this gateway: <c>HOOP_PUBLIC_URL</c>.</param>
    /// <param name="FeatureFlags">Flag by name, as it counts for the caller's organization.</param>
    internal sealed record Response(
        string Version, string AuthMethod, string ApiUrl, string TenancyType, IReadOnlyDictionary<string, bool> FeatureFlags);

    internal sealed class Handler(
        OrganizationFlags organization, ICaller caller, PublicAddress gateway, IServiceProvider services)
        : IRequestHandler<Request, Result<Response>>
    {
        private static readonly string Version = typeof(GetServerInfo).Assembly.GetName().Version!.ToString(3);

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var flags = await organization.Of(caller.OrgId, services, cancellationToken);
            return new Response(
                Version,
                AuthMethod,
                gateway.Text,
                "multitenant",
                flags.ToDictionary(flag => flag.Name, flag => flag.Enabled, StringComparer.Ordinal));
        }
    }
}
