using Hoop.Identity.Contracts;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.Organizations;

/// <summary>
/// PUT /api/orgs/{id}/quotas. Sets limits of one organization; null gives a kind back to the gateway's setting, what is not named
/// stays.
/// </summary>
internal static class SetQuotas
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapPut("/{id:uuid}/quotas", async (Guid id, Dictionary<string, long?> body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id, body), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Operator)
        .WithBody("""{ "agents": 500, "mappings": null }""")
        .WithName(nameof(SetQuotas));

    internal sealed record Request(Guid Id, IReadOnlyDictionary<string, long?> Most) : ICommand<IReadOnlyList<OrganizationQuota>>
    {
        public AuditEntry Audit(IReadOnlyList<OrganizationQuota> value)
        {
            var fields = new AuditFields();
            foreach (var (kind, most) in Most)
            {
                fields.Add(kind, most);
            }

            return new AuditEntry("organization_quotas", AuditAction.Update, Id) { Fields = fields };
        }
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator(QuotaLimits limits)
        {
            RuleForEach(request => request.Most).Must(pair => limits.Has(pair.Key))
                .WithMessage((_, pair) => $"{pair.Key}: is not a kind with a quota; there are {string.Join(", ", limits.Kinds)}");
            RuleForEach(request => request.Most).Must(pair => pair.Value is null or >= 0 and <= 1_000_000_000)
                .WithMessage((_, pair) => $"{pair.Key}: must be a whole number from 0 to 1000000000, or null");
        }
    }

    internal sealed class Handler(
        Db db, ISender sender, QuotaRows rows, QuotaMemory memory) : IRequestHandler<Request, Result<IReadOnlyList<OrganizationQuota>>>
    {
        private const string SetSql = """
            INSERT INTO identity.quotas (org_id, kind, most)
            VALUES (@OrgId, @Kind, @Most)
            ON CONFLICT (org_id, kind) DO UPDATE
            SET most = excluded.most, updated_at = now()
            """;

        private const string ResetSql = """
            DELETE FROM identity.quotas
            WHERE org_id = @OrgId AND kind = @Kind
            """;

        public async Task<Result<IReadOnlyList<OrganizationQuota>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!await sender.Send(new HoldOrganization(request.Id), cancellationToken))
            {
                return Error.NotFound();
            }

            foreach (var (kind, most) in request.Most)
            {
                await (most is null
                    ? db.Of(request.Id).Execute(ResetSql, new { Kind = kind }, cancellationToken)
                    : db.Of(request.Id).Execute(SetSql, new { Kind = kind, Most = most }, cancellationToken));
            }

            memory.Forget(request.Id);
            return Result.Of((await rows.Of(request.Id, cancellationToken))!);
        }
    }
}
