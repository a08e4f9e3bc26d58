using System.Text.Json.Serialization;
using Npgsql;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>PUT /api/trust-domains/{id}. Replaces the whole trust domain; keys of the earlier source count no more.</summary>
internal static class UpdateTrustDomain
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapPut("/{id:uuid}", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "name": "example.com", "bundle_jwks": { "keys": [] } }""");

    internal sealed record Request : TrustDomainInput, ICommand<TrustDomainView>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        public AuditEntry Audit(TrustDomainView value) => new("trust_domain", AuditAction.Update, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Validator(SpiffeOptions options) : TrustDomainRules<Request>(options);

    internal sealed class Handler(
        Db db,
        ICaller caller,
        SpiffeOptions options,
        TrustDomainFinder finder,
        TrustDomainNames names) : IRequestHandler<Request, Result<TrustDomainView>>
    {
        private const string UpdateSql = $"""
            UPDATE spiffe.trust_domains AS t
            SET name = @Name, bundle_url = @BundleUrl, bundle_file = @BundleFile, bundle_jwks = @BundleJwks,
                refresh_seconds = @RefreshSeconds, updated_at = clock_timestamp()
            WHERE t.org_id = @OrgId AND t.id = @Id
            RETURNING {StoredTrustDomain.Columns}
            """;

        public async Task<Result<TrustDomainView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (finder.IsConfigured(request.Id))
            {
                return TrustDomainErrors.ReadOnly;
            }

            if (request.BundleFile is not null && caller.Current?.Kind != CallerKind.Operator)
            {
                return TrustDomainErrors.FileIsOperators;
            }

            if (options.Configured?.Name.Name == request.Name)
            {
                return TrustDomainErrors.OfConfiguration(request.Name!, caller.OrgId);
            }

            if (await finder.Find(request.Id, cancellationToken) is not { } before)
            {
                return TrustDomainErrors.NotFound;
            }

            if (await names.Claim(request, cancellationToken) is { } refused)
            {
                return refused;
            }

            await names.Keep(before.Name, cancellationToken);

            db.Announce(StoredTrustDomain.Topic, ChangeKey.Of(caller.OrgId));

            // An update has no ON CONFLICT; the unique index is the only judge that cannot be raced.
            StoredTrustDomain? updated;
            try
            {
                updated = await db.Of(caller.OrgId).Find<StoredTrustDomain>(UpdateSql, request.Row(request.Id), cancellationToken);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "trust_domains_name_unique")
            {
                return TrustDomainErrors.NameTaken;
            }

            if (updated is null)
            {
                return TrustDomainErrors.NotFound;
            }

            return TrustDomainView.Of(updated, options.Enforced ? BundleState.Loading : BundleState.Disabled);
        }
    }
}
