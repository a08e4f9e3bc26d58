using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;
using Hoop.Shared.Quotas;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>An issuer's row.</summary>
/// <param name="Settings">An <see cref="IssuerSettings"/> as JSON.</param>
internal sealed record StoredIssuer(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Settings,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    string? SecretsKeyId,
    byte[]? SecretsSealed)
{
    /// <summary>In the order of the constructor; the table's alias is <c>i</c>.</summary>
    public const string Columns = "i.id, i.org_id, i.issuer, i.settings::text AS settings, i.created_at, i.updated_at, "
        + "i.secrets_key_id, i.secrets_sealed";

    /// <summary>The topic under which changes are announced, with <see cref="KeyOf"/>.</summary>
    public const string Topic = "issuers";

    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM service_accounts.issuers WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("issuers", "HOOP_QUOTA_ISSUERS", 50, CountSql);

    /// <summary>Rows of one URL share a key: whose a token is follows from all of them.</summary>
    public static string KeyOf(string issuer) => "issuer/" + issuer;

    /// <summary>Whoever came in by it, accounts and people.</summary>
    public CallersLeaving Leaving(string reason, bool withPersonalTokens) =>
        new(OrgId, Who: [], [Alias.OfServiceAccount(Issuer, ""), Alias.OfPerson(Issuer, "")], reason)
        {
            WithPersonalTokens = withPersonalTokens,
        };

    public IssuerSettings Read() => IssuerSettings.FromStored(Settings);

    public AuditEntry Audited(AuditAction action) => Audited(action, Id, Issuer, Read());

    public static AuditEntry Audited(AuditAction action, Guid id, string issuer, IssuerSettings settings) =>
        new("issuer", action, id)
        {
            Fields = new AuditFields
            {
                { "issuer", issuer },
                { "preset", settings.Preset },
                { "audiences", settings.Audiences },
                { "jwks_url", settings.JwksUrl },
                { "jwks_inline", settings.Jwks is not null },
                { "algorithms", settings.Algorithms },
                { "leeway_seconds", settings.LeewaySeconds },
                { "client_id", settings.ClientId },
                { "people", settings.People is null ? null : PeopleView.Of(SignInOptions.Of(settings.People, issuer))!.SignIn },
                { "required_claims", settings.RequiredClaims?.Select(claim => $"{claim.Key}={string.Join('|', claim.Value)}") },
                { "introspection_url", settings.IntrospectionUrl },
                { "introspection_client_id", settings.IntrospectionClientId },
                { "own_authorities", settings.JwksCaPem is not null },
            },
        };
}

/// <summary>An issuer as the API shows it: what counts, the preset's defaults among it.</summary>
/// <param name="Source"><c>api</c>, or <c>configuration</c> for the operator's (<c>HOOP_OIDC_ISSUER</c>), which is read-only.</param>
/// <param name="Keys">How its keys stand on the gateway that answers.</param>
internal sealed record IssuerView(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Source,
    string Preset,
    IReadOnlyList<string> Audiences,
    string AudienceClaim,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? JwksUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Jwks,
    IReadOnlyList<string> Algorithms,
    int LeewaySeconds,
    ClaimNames Claims,
    IReadOnlyDictionary<string, string[]> RequiredClaims,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ClientId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PeopleView? People,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? IntrospectionUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? IntrospectionClientId,
    bool HasIntrospectionSecret,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? JwksCaPem,
    bool HasJwksToken,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? UpdatedAt,
    IssuerState Keys)
{
    public static IssuerView Of(StoredIssuer row, IssuerState keys)
    {
        var settings = row.Read();
        return Of(TrustedIssuer.Of(row), settings.JwksUrl, keys) with
        {
            Jwks = settings.Jwks is null ? null : JsonElement.Parse(settings.Jwks),
            IntrospectionUrl = settings.IntrospectionUrl,
            IntrospectionClientId = settings.IntrospectionClientId,
            HasIntrospectionSecret = settings.IntrospectionUrl is not null && row.SecretsSealed is not null,
            JwksCaPem = settings.JwksCaPem,
            HasJwksToken = settings.HasJwksToken == true && row.SecretsSealed is not null,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public static IssuerView Of(TrustedIssuer issuer, string? keysUrl, IssuerState keys) => new(
        issuer.Id,
        issuer.OrgId,
        issuer.Issuer,
        issuer.IsConfigured ? "configuration" : "api",
        issuer.Preset.Name,
        issuer.Audiences,
        issuer.AudienceClaim,
        keysUrl,
        Jwks: null,
        [.. issuer.Algorithms.Order().Select(algorithm => algorithm.ToString())],
        (int)issuer.Leeway.TotalSeconds,
        issuer.Claims,
        issuer.Required,
        issuer.ClientId,
        PeopleView.Of(issuer.People),
        IntrospectionUrl: null,
        IntrospectionClientId: null,
        HasIntrospectionSecret: false,
        JwksCaPem: null,
        HasJwksToken: false,
        CreatedAt: null,
        UpdatedAt: null,
        keys);
}

internal static class IssuerErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error ReadOnly = Error.Conflict(
        "this issuer comes from the gateway's configuration (HOOP_OIDC_ISSUER) and cannot be changed here", "read_only");

    public static readonly Error AlreadyExists = Error.Conflict(
        "issuer: the organization trusts this issuer already; change that one", "issuer_exists");

    /// <summary>Says nothing about whose they are.</summary>
    public static readonly Error AudienceTaken = Error.Conflict(
        "audiences: tokens of this issuer with one of these audiences are taken by another configuration of this gateway; choose an "
            + "audience of your own, such as one with the organization's id in it",
        "audience_taken");

    /// <summary>The name of the index that holds it.</summary>
    public const string PeopleIndex = "issuers_people";

    public static readonly Error PeopleTaken = Error.Conflict(
        "people: they sign in at another issuer of this organization; take people away there first", "people_taken");

    public static readonly Error IsFixed = Error.Invalid("issuer: cannot be changed; delete this issuer and create another");
}
