using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>POST|PUT /v1/identity/entity/batch-delete. Many at once, all or none; ids that do not exist are skipped.</summary>
internal static class DeleteEntities
{
    private static readonly VaultFields Fields = [VaultField.List("entity_ids", "The ids to delete.")];

    public static void Map(RouteGroupBuilder identity) => identity
        .MapVaultWrite(
            "/entity/batch-delete",
            nameof(DeleteEntities),
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            (await Send(body, sender, cancellationToken)).ToNoContent())
        .WithBody($$"""{ "entity_ids": ["{{BodyExample.SomeId}}"] }""");

    private static async Task<Result<Deleted>> Send(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var ids = body.List("entity_ids").Value ?? [];
        return body.Error is { } error ? error : await sender.Send(new Request(ids), cancellationToken);
    }

    internal sealed record Request(IReadOnlyList<string> Ids) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => RowOf(value.Ids.Take(AuditFields.MaxItems));
    }

    /// <param name="Ids">Those that existed.</param>
    internal sealed record Deleted(IReadOnlyList<Guid> Ids);

    internal sealed class Handler(
        Db db, ICaller caller, RemovedEntities removed, StoreTrail trail) : IRequestHandler<Request, Result<Deleted>>
    {
        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Ids.All(id => id.Length == 0))
            {
                return Error.Malformed("missing entity ids to delete");
            }

            db.AnnounceRights(caller.OrgId);
            var deleted = await removed.Remove(request.Ids.Select(VaultIdConstraint.Parse).OfType<Guid>(), cancellationToken);

            // A row holds so many; every entity that went stands in one of them.
            await trail.Removed("entity", deleted.Skip(AuditFields.MaxItems), reason: null, cancellationToken);
            return new Deleted(deleted);
        }
    }

    private static AuditEntry RowOf(IEnumerable<Guid> ids) =>
        new("entity", AuditAction.Delete, ResourceId: null) { Fields = new AuditFields { { "ids", ids } } };
}
