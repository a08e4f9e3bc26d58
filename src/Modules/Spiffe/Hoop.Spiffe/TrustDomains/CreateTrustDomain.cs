namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// POST /api/trust-domains. From then on the organization's agents may come from this trust domain, and no other organization's.
/// </summary>
internal static class CreateTrustDomain
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "name": "example.com", "bundle_url": "https://spire.example.com:8443", "refresh_seconds": 60 }""");

    internal sealed record Request : TrustDomainInput, ICommand<TrustDomainView>
    {
        public AuditEntry Audit(TrustDomainView value) => new("trust_domain", AuditAction.Create, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Validator(SpiffeOptions options) : TrustDomainRules<Request>(options);

    internal sealed class Handler(
        Db db, ICaller caller, SpiffeOptions options, TrustDomainNames names) : IRequestHandler<Request, Result<TrustDomainView>>
    {
        private const string CreateSql = $"""
            INSERT INTO spiffe.trust_domains AS t (id, org_id, name, bundle_url, bundle_file, bundle_jwks, refresh_seconds)
            VALUES (@Id, @OrgId, @Name, @BundleUrl, @BundleFile, @BundleJwks, @RefreshSeconds)
            ON CONFLICT (name) DO NOTHING
            RETURNING {StoredTrustDomain.Columns}
            """;

        public async Task<Result<TrustDomainView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.BundleFile is not null && caller.Current?.Kind != CallerKind.Operator)
            {
                return TrustDomainErrors.FileIsOperators;
            }

            if (options.Configured?.Name.Name == request.Name)
            {
                return TrustDomainErrors.OfConfiguration(request.Name!, caller.OrgId);
            }

            if (await names.Claim(request, cancellationToken) is { } refused)
            {
                return refused;
            }

            db.Announce(StoredTrustDomain.Topic, ChangeKey.Of(caller.OrgId));
            var created = await db.Of(caller.OrgId).Find<StoredTrustDomain>(
                CreateSql, request.Row(RowId.Next()), cancellationToken);
            if (created is null)
            {
                return TrustDomainErrors.NameTaken;
            }

            return TrustDomainView.Of(created, options.Enforced ? BundleState.Loading : BundleState.Disabled);
        }
    }
}
