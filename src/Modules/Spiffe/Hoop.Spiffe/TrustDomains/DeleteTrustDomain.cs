using Hoop.Identity.Contracts;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>DELETE /api/trust-domains/{id}. Its tokens are refused from then on; its mappings stay, and so does its name.</summary>
internal static class DeleteTrustDomain
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(Guid Id) : ICommand<StoredTrustDomain>
    {
        public AuditEntry Audit(StoredTrustDomain value) =>
            new("trust_domain", AuditAction.Delete, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Handler(
        Db db, ICaller caller, TrustDomainFinder finder, TrustDomainNames names, IPublisher publisher)
        : IRequestHandler<Request, Result<StoredTrustDomain>>
    {
        private const string DeleteSql = $"""
            DELETE FROM spiffe.trust_domains AS t
            WHERE t.org_id = @OrgId AND t.id = @Id
            RETURNING {StoredTrustDomain.Columns}
            """;

        public async Task<Result<StoredTrustDomain>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (finder.IsConfigured(request.Id))
            {
                return TrustDomainErrors.ReadOnly;
            }

            db.Announce(StoredTrustDomain.Topic, ChangeKey.Of(caller.OrgId));
            var deleted = await db.Of(caller.OrgId).Find<StoredTrustDomain>(DeleteSql, new { request.Id }, cancellationToken);
            if (deleted is null)
            {
                return TrustDomainErrors.NotFound;
            }

            await names.Keep(deleted.Name, cancellationToken);
            var everybody = Alias.OfSpiffeId($"spiffe://{deleted.Name}/");
            await publisher.Publish(
                new CallersLeaving(caller.OrgId, Who: [], [everybody], "trust_domain_deleted"), cancellationToken);
            return deleted;
        }
    }
}
