using Hoop.Identity.Contracts;
using Hoop.Shared;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Identity.Organizations;

/// <summary>
/// DELETE /api/orgs/{id}. 409 with the counts while the organization holds anything; <c>?cascade=true</c> deletes everything with it, in
/// all modules at once, and answers with what went. Its trail stays, for the operator alone.
/// </summary>
internal static class DeleteOrganization
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapDelete("/{id:uuid}", async Task<Results<Answer<Deleted>, EmptyAnswer>> (
            Guid id, [FromQuery] bool? cascade, ISender sender, CancellationToken cancellationToken) =>
        {
            var result = await sender.Send(new Request(id, cascade ?? false), cancellationToken);
            return cascade is true ? result.ToOk() : result.ToNoContent();
        })
        .RequireAuthorization(Policies.Operator);

    internal sealed record Request(Guid Id, bool Cascade) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => RowOf(value);
    }

    /// <param name="DeletedWithIt">How many things of each kind went, as the audit trail spells them.</param>
    internal sealed record Deleted(Guid Id, string Name, IReadOnlyDictionary<string, long> DeletedWithIt);

    internal sealed class Handler(
        Db db, ICaller caller, ISender sender, IPublisher publisher, QuotaMemory memory) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string FindSql = """
            SELECT name
            FROM identity.organizations
            WHERE id = @OrgId
            """;

        // From here on no command of the organization can commit: each of them holds the row at its end. What only refers to the row by a
        // foreign key does not wait, so that nobody waits for this one while it waits for him.
        private const string LockSql = """
            SELECT name
            FROM identity.organizations
            WHERE id = @OrgId
            FOR NO KEY UPDATE
            """;

        private const string DeleteSql = """
            DELETE FROM identity.organizations
            WHERE id = @OrgId
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Id == DefaultOrganization.Id)
            {
                return OrganizationErrors.Default;
            }

            if (request.Id == caller.OrgId)
            {
                return OrganizationErrors.FromInside;
            }

            db.Announce(Organization.Topic, request.Id.ToString());

            // Before the lock, too: a refusal need not disturb an organization at work.
            var organization = db.Of(request.Id);
            if (await organization.Find<string>(FindSql, args: null, cancellationToken) is not { } found)
            {
                return OrganizationErrors.NotFound;
            }

            if (!request.Cascade && await Held(request.Id, cancellationToken) is { Count: > 0 } held)
            {
                return OrganizationErrors.NotEmpty(found, held);
            }

            if (await organization.Find<string>(LockSql, args: null, cancellationToken) is not { } name)
            {
                return OrganizationErrors.NotFound;
            }

            if (!request.Cascade && await Held(request.Id, cancellationToken) is { Count: > 0 } since)
            {
                return OrganizationErrors.NotEmpty(name, since);
            }

            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            await publisher.Publish(new OrganizationDeleting(request.Id, counts), cancellationToken);
            await organization.Execute(DeleteSql, args: null, cancellationToken);
            memory.Forget(request.Id);
            var deleted = new Deleted(request.Id, name, Positive(counts));

            // The last row of its own trail.
            await sender.Send(new RecordAudit(request.Id, caller.Current, RowOf(deleted)), cancellationToken);
            return deleted;
        }

        private async Task<IReadOnlyDictionary<string, long>> Held(Guid orgId, CancellationToken cancellationToken)
        {
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            await publisher.Publish(new OrganizationCounting(orgId, counts), cancellationToken);
            return Positive(counts);
        }

        private static SortedDictionary<string, long> Positive(IDictionary<string, long> counts) =>
            new(counts.Where(kind => kind.Value > 0).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private static AuditEntry RowOf(Deleted deleted)
    {
        var fields = new AuditFields { { "name", deleted.Name } };
        foreach (var (kind, count) in deleted.DeletedWithIt)
        {
            fields.Add($"deleted_{kind}", count);
        }

        return new AuditEntry("organization", AuditAction.Delete, deleted.Id) { Fields = fields };
    }
}
