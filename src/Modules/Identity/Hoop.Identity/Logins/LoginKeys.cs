using Hoop.Shared.Background;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.Identity.Logins;

/// <summary>A configured mount and its keys; those of two mounts are never looked for together.</summary>
internal sealed class LoginKeys(Guid id, string accessor, DateTime version, LoginConfig config, KeySource<KeyRing> keys) : IWatchedSource
{
    public LoginConfig Config => config;

    public KeySource<KeyRing> Keys => keys;

    /// <summary>Null while no key is known.</summary>
    public KeyRing? Ring => keys.Snapshot.Value;

    public string Status => keys.Snapshot switch
    {
        { Value: { Count: > 0 }, LastError: null } => "valid",
        { LastError: { } error } => $"error fetching keys: {error.Message}",
        { Value.Count: 0 } => "no key of the document can be used",
        _ => "keys are not loaded yet",
    };

    public Guid Id => id;

    public string Source => accessor;

    public DateTime? Version => version;

    public bool IsInline => config.HasBareKeys;

    public Task Start() => keys.Start();

    [Effect("fetches keys")]
    public Task Refresh(CancellationToken cancellationToken) => keys.RefreshNow(cancellationToken);

    public ValueTask DisposeAsync() => keys.DisposeAsync();
}

/// <summary>The keys of all mounts that sign in. Whoever verifies names the state of the row that it has read.</summary>
internal sealed class LoginDirectory(
    IssuerKeySource source, IssuerOutbound outbound, IServiceScopeFactory scopes, TimeProvider clock)
    : SourceDirectory<LoginKeys>(scopes, clock)
{
    [CrossOrg("Keys are fetched for the mounts of every organization.")]
    private const string ListVersionsSql = """
        SELECT id, updated_at
        FROM identity.login_configs
        """;

    [CrossOrg("Keys are fetched for the mounts of every organization.")]
    private const string ListChangedSql = """
        SELECT id, accessor, settings::text AS settings, updated_at
        FROM identity.login_configs
        WHERE id = ANY (@Ids)
        """;

    public Task Start(CancellationToken cancellationToken) => Begin([], cancellationToken);

    /// <summary>The keys of this very state of the row; null when it has changed since it was read.</summary>
    public async Task<LoginKeys?> Of(LoginMount mount, CancellationToken cancellationToken)
    {
        if (Current(mount) is { } known)
        {
            return known;
        }

        await Reread(cancellationToken);
        return Current(mount);
    }

    protected override Task<IReadOnlyList<RowVersion>> ListVersions(Db db, CancellationToken cancellationToken) =>
        db.AcrossOrgs.List<RowVersion>(ListVersionsSql, args: null, cancellationToken);

    protected override async Task<IReadOnlyList<LoginKeys>> Open(Db db, Guid[] ids, CancellationToken cancellationToken)
    {
        var rows = await db.AcrossOrgs.List<Row>(ListChangedSql, new { Ids = ids }, cancellationToken);
        return [.. rows.Select(Open)];
    }

    private LoginKeys Open(Row row)
    {
        var config = LoginConfig.FromStored(row.Settings);
        var keys = source.Open(
            config.OidcDiscoveryUrl.Length > 0 ? config.OidcDiscoveryUrl : config.ExpectedIssuer ?? $"mount {row.Accessor}",
            "oidc_discovery_url",
            config.JwksUrl.Length > 0 ? new Uri(config.JwksUrl) : null,
            config.HasBareKeys ? PemKeySet.ToJwks(config.JwtValidationPubkeys) : null,
            config.Outbound(outbound.Options));
        return new LoginKeys(row.Id, row.Accessor, row.UpdatedAt, config, keys);
    }

    private LoginKeys? Current(LoginMount mount) =>
        mount.ConfigId is { } id && FindById(id) is { } entry && entry.Version == mount.UpdatedAt ? entry : null;

    private sealed record Row(Guid Id, string Accessor, string Settings, DateTime UpdatedAt);
}

/// <summary>Keeps the <see cref="LoginDirectory"/> in step with the database.</summary>
internal sealed class LoginWatch(
    LoginDirectory directory, CoherentMemory memory, BackgroundLoops loops, TimeProvider clock, ILogger<LoginWatch> logger)
    : SourceWatch<LoginKeys>(directory, LoginConfig.Topic, "login_configs", memory, loops, clock, logger)
{
    protected override Task Begin(CancellationToken cancellationToken) => directory.Start(cancellationToken);
}
