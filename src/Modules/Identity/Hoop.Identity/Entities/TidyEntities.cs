using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>
/// POST|PUT /v1/identity/entity/tidy. Tells which entities are unused or expired, at most 1,000; with <c>delete</c> it deletes those
/// that it is given and that still are. So what goes was seen before.
/// </summary>
internal static class TidyEntities
{
    private const int Most = 1000;

    private static readonly VaultFields Fields =
    [
        VaultField.Text("days", "For how long nobody signed in; 30 without it."),
        VaultField.Flag("delete", "Deletes; without it nothing changes."),
        VaultField.List("entity_ids", "What to delete: the ids of a report."),
    ];

    public static void Map(RouteGroupBuilder identity) => identity
        .MapVaultWrite("/entity/tidy", nameof(TidyEntities), Policies.Admin, Fields, Answer)
        .WithBody("""{ "days": "90" }""");

    private static async Task<VaultAnswer<Report>> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(body.Text("days"), body.Flag("delete").Value, body.List("entity_ids").Value ?? []);
        var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
        return result.ToVault(report => report, body.Warnings);
    }

    internal sealed record Request(string Days, bool Delete, IReadOnlyList<string> Ids) : ICommand<Report>
    {
        // A report is a row too: somebody asked what would go.
        public AuditEntry Audit(Report value) => new("entity", Delete ? AuditAction.Delete : AuditAction.Test, ResourceId: null)
        {
            Fields = new AuditFields { { "ids", value.Deleted ? value.Keys : [] }, { "reason", "tidy" }, { "found", value.Keys.Count } },
        };
    }

    /// <param name="Deleted">Whether they are gone now.</param>
    internal sealed record Report(IReadOnlyList<Guid> Keys, IReadOnlyDictionary<Guid, UnusedEntity> KeyInfo, bool Deleted);

    internal sealed class Handler(Db db, ICaller caller, RemovedEntities removed) : IRequestHandler<Request, Result<Report>>
    {
        public async Task<Result<Report>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!UnusedEntity.ReadDays(request.Days).Succeeded(out var days, out var error))
            {
                return error;
            }

            var chosen = request.Ids.Select(VaultIdConstraint.Parse).OfType<Guid>().ToHashSet();
            if (request.Delete && chosen.Count is 0 or > Most)
            {
                return Error.Malformed("entity_ids: name 1 to 1000 of the entities that a report told of");
            }

            var organization = db.Of(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            var rows = await organization.List<UnusedEntity>(
                UnusedEntity.ListSql,
                new { days.Days, After = Guid.Empty, Limit = (long?)Most, Ids = request.Delete ? chosen.ToArray() : null },
                cancellationToken);
            if (request.Delete)
            {
                await removed.Remove(rows.Select(row => row.Id), cancellationToken);
            }

            return new Report([.. rows.Select(row => row.Id)], rows.ToDictionary(row => row.Id), request.Delete);
        }
    }
}
