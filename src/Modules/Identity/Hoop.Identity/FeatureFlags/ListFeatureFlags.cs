namespace Hoop.Identity.FeatureFlags;

/// <summary>GET /api/feature-flags. The catalogue by name, with what the organization chose.</summary>
internal static class ListFeatureFlags
{
    public static void Map(RouteGroupBuilder flags) => flags
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated)
        .WithName(nameof(ListFeatureFlags));

    internal sealed record Request : IQuery<IReadOnlyList<FeatureFlag>>;

    internal sealed class Handler(
        OrganizationFlags flags, ICaller caller, IServiceProvider services) : IRequestHandler<Request, Result<IReadOnlyList<FeatureFlag>>>
    {
        public async Task<Result<IReadOnlyList<FeatureFlag>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(await flags.Of(caller.OrgId, services, cancellationToken));
    }
}
