namespace Hoop.Spiffe.TrustDomains;

/// <summary>DELETE /api/trust-domain-names/{name}. The operator frees a name that no trust domain uses; nobody holds it then.</summary>
internal static class DeleteTrustDomainName
{
    public static void Map(RouteGroupBuilder names) => names
        .MapDelete("/{name}", async (string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(name), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Operator)
        .WithName(nameof(DeleteTrustDomainName));

    internal sealed record Request(string Name) : ICommand<HeldName>
    {
        public AuditEntry Audit(HeldName value) => new("trust_domain_name", AuditAction.Delete, value.Name)
        {
            Fields = new AuditFields { { "org_id", value.OrgId } },
        };
    }

    internal sealed class Handler(Db db) : IRequestHandler<Request, Result<HeldName>>
    {
        [CrossOrg("The operator frees a name whoever holds it.")]
        private const string FindSql = $"""
            SELECT {HeldName.Columns}
            FROM spiffe.trust_domain_names AS n
            WHERE n.name = @Name
            FOR UPDATE
            """;

        [CrossOrg("The operator frees a name whoever holds it.")]
        private const string FreeSql = """
            DELETE FROM spiffe.trust_domain_names
            WHERE name = @Name
            """;

        public async Task<Result<HeldName>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!TrustDomain.TryParse(request.Name, out _, out _)
                || await db.AcrossOrgs.Find<HeldName>(FindSql, new { request.Name }, cancellationToken) is not { } held)
            {
                return TrustDomainErrors.NotFound;
            }

            if (held.InUse)
            {
                return TrustDomainErrors.NameInUse;
            }

            await db.AcrossOrgs.Execute(FreeSql, new { request.Name }, cancellationToken);
            return held;
        }
    }
}
