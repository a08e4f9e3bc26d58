using System.Text.Json.Serialization;
using Hoop.Shared.Sources;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>PUT /api/issuers/{id}. Replaces the settings; tokens are judged by the new ones from the answer on.</summary>
internal static class UpdateIssuer
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapPut("/{id:uuid}", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody(CreateIssuer.Example);

    internal sealed record Request : IssuerInput, ICommand<IssuerView>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        public AuditEntry Audit(IssuerView value) =>
            new StoredIssuer(value.Id, value.OrgId, value.Issuer, Settings.ToStored(), default, default).Audited(AuditAction.Update);
    }

    internal sealed class Validator(IssuerOutbound outbound) : IssuerRules<Request>(outbound);

    internal sealed class Handler(
        Db db, ICaller caller, IssuerFinder finder, IssuerAudiences audiences) : IRequestHandler<Request, Result<IssuerView>>
    {
        private const string UpdateSql = $"""
            UPDATE service_accounts.issuers AS i
            SET settings = @Settings::jsonb, updated_at = clock_timestamp()
            WHERE i.org_id = @OrgId AND i.id = @Id
            RETURNING {StoredIssuer.Columns}
            """;

        public async Task<Result<IssuerView>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(StoredIssuer.Topic, StoredIssuer.KeyOf(request.Issuer!));
            if (finder.Configured?.Id == request.Id)
            {
                return IssuerErrors.ReadOnly;
            }

            var change = new { request.Id, Settings = request.Settings.ToStored() };
            if (await db.Of(caller.OrgId).Find<StoredIssuer>(UpdateSql, change, cancellationToken) is not { } updated)
            {
                return IssuerErrors.NotFound;
            }

            if (updated.Issuer != request.Issuer)
            {
                return IssuerErrors.IsFixed;
            }

            return await audiences.Set(updated.Id, updated.Issuer, request.Audiences!, cancellationToken) is { } taken
                ? taken
                : finder.ViewOf(updated);
        }
    }
}
