using Hoop.Shared.Background;
using Hoop.Shared.Outbound;
using Hoop.Shared.Sealing;
using Hoop.Shared.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>The issuers whose tokens this gateway takes: that of the configuration, and the rows of the database.</summary>
internal sealed class IssuerDirectory(
    IssuerOptions options,
    IssuerOutbound outbound,
    IssuerKeys keys,
    IntrospectionSource introspection,
    SealingKeys sealing,
    IServiceScopeFactory scopes,
    TimeProvider clock,
    ILogger<IssuerDirectory> logger)
    : SourceDirectory<IssuerEntry>(scopes, clock)
{
    [CrossOrg("Tokens of every organization arrive here.")]
    private const string ListVersionsSql = """
        SELECT id, updated_at
        FROM service_accounts.issuers
        """;

    [CrossOrg("Tokens of every organization arrive here.")]
    private const string ListChangedSql = $"""
        SELECT {StoredIssuer.Columns}
        FROM service_accounts.issuers AS i
        WHERE i.id = ANY (@Ids)
        """;

    public IssuerState StateOf(Guid id) => FindById(id) is { } entry ? IssuerState.Of(entry.Keys.Snapshot) : IssuerState.Loading;

    public Task Start(CancellationToken cancellationToken)
    {
        IssuerEntry[] configured = options.Trusted is { } trusted
            ? [new IssuerEntry(
                trusted,
                version: null,
                keys.Open(trusted.Issuer, "HOOP_OIDC_ISSUER", options.KeysUrl, inline: null, IssuerOptions.Outbound))]
            : [];
        return Begin(configured, cancellationToken);
    }

    protected override Task<IReadOnlyList<RowVersion>> ListVersions(Db db, CancellationToken cancellationToken) =>
        db.AcrossOrgs.List<RowVersion>(ListVersionsSql, args: null, cancellationToken);

    protected override async Task<IReadOnlyList<IssuerEntry>> Open(Db db, Guid[] ids, CancellationToken cancellationToken)
    {
        var rows = await db.AcrossOrgs.List<StoredIssuer>(ListChangedSql, new { Ids = ids }, cancellationToken);
        return [.. rows.Select(Open)];
    }

    private IssuerEntry Open(StoredIssuer row)
    {
        var settings = row.Read();
        var url = settings.JwksUrl is { } text ? new Uri(text) : null;
        if (!IssuerSecrets.Open(sealing, row).Succeeded(out var secrets, out var error))
        {
            logger.LogError("The secrets of the issuer {Id} cannot be used: {Reason}", row.Id, error.Message);
            secrets = IssuerSecrets.None;
        }

        var rules = settings.JwksCaPem is { } pem ? outbound.Options with { Roots = PemRoots.Parse(pem) } : outbound.Options;
        var token = settings.HasJwksToken == true ? secrets.JwksToken : null;
        return new IssuerEntry(
            TrustedIssuer.Of(row),
            row.UpdatedAt,
            keys.Open(row.Issuer, "the issuer here", url, settings.Jwks, rules with { Bearer = token }),
            introspection.Open(settings, secrets, rules));
    }
}

/// <summary>Keeps the <see cref="IssuerDirectory"/> in step with the database.</summary>
internal sealed class IssuerWatch(
    IssuerDirectory directory, CoherentMemory memory, BackgroundLoops loops, TimeProvider clock, ILogger<IssuerWatch> logger)
    : SourceWatch<IssuerEntry>(directory, StoredIssuer.Topic, "issuers", memory, loops, clock, logger)
{
    protected override Task Begin(CancellationToken cancellationToken) => directory.Start(cancellationToken);
}
