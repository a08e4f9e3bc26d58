namespace Hoop.ServiceAccounts.Issuers;

/// <summary>The issuers of the caller's organization: that of the configuration, and the rows.</summary>
internal sealed class IssuerFinder(Db db, ICaller caller, IssuerOptions options, IssuerDirectory directory)
{
    private const string GetSql = $"""
        SELECT {StoredIssuer.Columns}
        FROM service_accounts.issuers AS i
        WHERE i.org_id = @OrgId AND i.id = @Id
        """;

    private const string ListNamesSql = """
        SELECT issuer
        FROM service_accounts.issuers
        WHERE org_id = @OrgId
        ORDER BY issuer
        """;

    /// <summary>The configured one, when it is this organization's.</summary>
    public TrustedIssuer? Configured => options.Trusted is { } trusted && trusted.OrgId == caller.OrgId ? trusted : null;

    public IssuerView? ConfiguredView => Configured is { } trusted
        ? IssuerView.Of(trusted, options.KeysUrl?.OriginalString, directory.StateOf(trusted.Id))
        : null;

    public IssuerView ViewOf(StoredIssuer row) => IssuerView.Of(row, directory.StateOf(row.Id));

    public Task<StoredIssuer?> Find(Guid id, CancellationToken cancellationToken) =>
        db.Of(caller.OrgId).Find<StoredIssuer>(GetSql, new { Id = id }, cancellationToken);

    /// <summary>What tokens of the organization's accounts may carry as <c>iss</c>.</summary>
    public async Task<IReadOnlyList<string>> Names(CancellationToken cancellationToken)
    {
        var stored = await db.Of(caller.OrgId).List<string>(ListNamesSql, args: null, cancellationToken);
        return Configured is { } configured ? [configured.Issuer, .. stored.Where(name => name != configured.Issuer)] : stored;
    }
}

/// <summary>Which issuer takes tokens with which audience: each pair belongs to one organization of the whole gateway.</summary>
internal sealed class IssuerAudiences(Db db, ICaller caller, IssuerOptions options)
{
    private const string DropSql = """
        DELETE FROM service_accounts.issuer_audiences
        WHERE org_id = @OrgId AND issuer_id = @Id AND NOT audience = ANY (@Audiences)
        """;

    private const string TakeSql = """
        INSERT INTO service_accounts.issuer_audiences (issuer, audience, org_id, issuer_id)
        SELECT @Issuer, wanted.audience, @OrgId, @Id
        FROM unnest(@Audiences) AS wanted (audience)
        ON CONFLICT (issuer, audience) DO NOTHING
        """;

    private const string CountSql = """
        SELECT count(*)
        FROM service_accounts.issuer_audiences
        WHERE org_id = @OrgId AND issuer_id = @Id AND audience = ANY (@Audiences)
        """;

    /// <summary>Whether the issuer may be the one of people: each organization has one.</summary>
    public Error? PeopleProblem(IssuerInput input) =>
        input.People is not null && options.Trusted is { People: not null } configured && configured.OrgId == caller.OrgId
            ? IssuerErrors.PeopleTaken
            : null;

    /// <summary>Null when the issuer has exactly these now; else why not.</summary>
    public async Task<Error?> Set(Guid id, string issuer, string[] audiences, CancellationToken cancellationToken)
    {
        if (options.Trusted is { } configured && configured.Issuer == issuer
            && configured.Audiences.Append(configured.ClientId).Intersect(audiences, StringComparer.Ordinal).Any())
        {
            return IssuerErrors.AudienceTaken;
        }

        var organization = db.Of(caller.OrgId);
        var args = new { Id = id, Issuer = issuer, Audiences = audiences };
        await organization.Execute(DropSql, new { Id = id, Audiences = audiences }, cancellationToken);
        await organization.Execute(TakeSql, args, cancellationToken);
        var held = await organization.Find<long>(CountSql, new { Id = id, Audiences = audiences }, cancellationToken);
        return held == audiences.Length ? null : IssuerErrors.AudienceTaken;
    }
}
