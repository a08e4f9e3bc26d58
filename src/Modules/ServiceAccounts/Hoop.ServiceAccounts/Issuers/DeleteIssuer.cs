namespace Hoop.ServiceAccounts.Issuers;

/// <summary>DELETE /api/issuers/{id}. Its tokens are refused from the answer on; the accounts stay, for the day it comes back.</summary>
internal static class DeleteIssuer
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(Guid Id) : ICommand<StoredIssuer>
    {
        public AuditEntry Audit(StoredIssuer value) => value.Audited(AuditAction.Delete);
    }

    internal sealed class Handler(Db db, ICaller caller, IssuerFinder finder, IPublisher publisher)
        : IRequestHandler<Request, Result<StoredIssuer>>
    {
        private const string DeleteSql = $"""
            DELETE FROM service_accounts.issuers AS i
            WHERE i.org_id = @OrgId AND i.id = @Id
            RETURNING {StoredIssuer.Columns}
            """;

        public async Task<Result<StoredIssuer>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (finder.Configured?.Id == request.Id)
            {
                return IssuerErrors.ReadOnly;
            }

            // Which issuer it is tells only the row; one that is gone already may be one whose end is not confirmed yet.
            var deleted = await db.Of(caller.OrgId).Find<StoredIssuer>(DeleteSql, new { request.Id }, cancellationToken);
            db.Announce(StoredIssuer.Topic, deleted is null ? null : StoredIssuer.KeyOf(deleted.Issuer));
            if (deleted is null)
            {
                return IssuerErrors.NotFound;
            }

            // What its accounts and its people made goes with them.
            await publisher.Publish(deleted.Leaving("issuer_deleted", withPersonalTokens: true), cancellationToken);
            return deleted;
        }
    }
}
