namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// POST /api/trust-domains/{id}/refresh. Fetches the bundle now, here and on every other gateway; the answer shows how it went here. Changes no row, so it
/// is a query: no transaction stays open while a stranger's server takes its time.
/// </summary>
internal static class RefreshTrustDomain
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapPost("/{id:uuid}/refresh", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(Guid Id) : IQuery<TrustDomainView>;

    internal sealed class Handler(Db db, TrustDomainFinder finder, TrustDomainDirectory directory) : IRequestHandler<Request, Result<TrustDomainView>>
    {
        public async Task<Result<TrustDomainView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await finder.Find(request.Id, cancellationToken) is not { } found)
            {
                return TrustDomainErrors.NotFound;
            }

            await db.Announce(StoredTrustDomain.Topic, TrustDomainWatch.RefreshOf(found.Name), cancellationToken);
            if (directory.Find(found.Name) is { } entry && entry.OrgId == found.OrgId)
            {
                await entry.Keys.RefreshNow(cancellationToken);
            }

            return found with { Bundle = directory.StateOf(found.Name, found.OrgId) };
        }
    }
}
