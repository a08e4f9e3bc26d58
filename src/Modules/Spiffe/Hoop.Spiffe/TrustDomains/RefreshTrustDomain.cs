using Hoop.Shared.Sources;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// POST /api/trust-domains/{id}/refresh. Fetches the bundle now, here and on every other gateway; the answer shows how it went here.
/// </summary>
internal static class RefreshTrustDomain
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapPost("/{id:uuid}/refresh", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(Guid Id) : IAction<TrustDomainView>
    {
        public AuditEntry Intent => new("trust_domain", AuditAction.Refresh, Id);

        public AuditEntry Audit(TrustDomainView value) => Intent with
        {
            Fields = new AuditFields { { "name", value.Name }, { "state", value.Bundle.State }, { "keys", value.Bundle.Keys } },
            Failure = value.Bundle.LastError is null ? null : "bundle_not_fetched",
        };
    }

    internal sealed class Handler(
        Db db, TrustDomainFinder finder, TrustDomainDirectory directory) : IRequestHandler<Request, Result<TrustDomainView>>
    {
        public async Task<Result<TrustDomainView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await finder.Find(request.Id, cancellationToken) is not { } found)
            {
                return TrustDomainErrors.NotFound;
            }

            db.Announce(StoredTrustDomain.Topic, SourceChange.RefreshOf(found.Name));
            if (await directory.FindCurrent(found, cancellationToken) is { } entry)
            {
                await entry.Keys.RefreshNow(cancellationToken);
            }

            return found with { Bundle = directory.StateOf(found.Name, found.OrgId) };
        }
    }
}
