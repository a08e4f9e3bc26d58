using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>A trust domain's row.</summary>
/// <param name="RefreshSeconds">Null leaves it to the bundle's hint and the gateway's setting.</param>
internal sealed record StoredTrustDomain(
    Guid Id,
    Guid OrgId,
    string Name,
    string? BundleUrl,
    string? BundleFile,
    string? BundleJwks,
    int? RefreshSeconds,
    DateTime CreatedAt,
    DateTime UpdatedAt)
{
    /// <summary>In the order of the constructor; the table's alias is <c>t</c>.</summary>
    public const string Columns =
        "t.id, t.org_id, t.name, t.bundle_url, t.bundle_file, t.bundle_jwks, t.refresh_seconds, t.created_at, t.updated_at";

    /// <summary>The topic under which changes are announced.</summary>
    public const string Topic = "spiffe_trust_domains";

    public BundleSource Source => new(BundleUrl, BundleFile, BundleJwks);

    /// <summary>The facts that the audit trail keeps.</summary>
    public AuditFields AuditFields => TrustDomainView.Of(this, BundleState.Disabled).AuditFields;
}

/// <summary>A trust domain as the API shows it.</summary>
/// <param name="Source"><c>api</c>, or <c>configuration</c> for the operator's, which is read-only.</param>
/// <param name="Bundle">How its bundle stands on the gateway that answers.</param>
internal sealed record TrustDomainView(
    Guid Id,
    Guid OrgId,
    string Name,
    string Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BundleUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BundleFile,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? BundleJwks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RefreshSeconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? UpdatedAt,
    BundleState Bundle)
{
    public static TrustDomainView Of(StoredTrustDomain row, BundleState bundle) =>
        new(
            row.Id,
            row.OrgId,
            row.Name,
            "api",
            row.BundleUrl,
            row.BundleFile,
            Json(row.BundleJwks),
            row.RefreshSeconds,
            row.CreatedAt,
            row.UpdatedAt,
            bundle);

    public static TrustDomainView Of(ConfiguredTrustDomain configured, BundleState bundle) =>
        new(
            configured.Id,
            DefaultOrganization.Id,
            configured.Name.Name,
            "configuration",
            configured.Source.Url,
            configured.Source.File,
            Json(configured.Source.Jwks),
            null,
            null,
            null,
            bundle);

    /// <summary>The facts that the audit trail keeps.</summary>
    [JsonIgnore]
    public AuditFields AuditFields => new()
    {
        { "name", Name },
        { "bundle_url", BundleUrl },
        { "bundle_file", BundleFile },
        { "bundle_inline", BundleJwks is not null },
        { "refresh_seconds", RefreshSeconds },
    };

    private static JsonElement? Json(string? jwks) => jwks is null ? null : JsonElement.Parse(jwks);
}

internal static class TrustDomainErrors
{
    public static readonly Error NotFound = Error.NotFound();

    /// <summary>Says nothing about whose it is.</summary>
    public static readonly Error NameTaken = Error.Conflict();

    /// <summary>
    /// The configured trust domain is the default organization's own; to the others it is one that was not given to them.
    /// </summary>
    public static Error OfConfiguration(string name, Guid orgId) =>
        orgId == DefaultOrganization.Id ? NameTaken : NotGiven(name, orgId, "no bundle_jwks with proofs was sent");

    /// <summary>The same whether the name is free or another organization's.</summary>
    public static Error NotGiven(string name, Guid orgId, string? problem) => Error.Denied(
        $"name: the trust domain {name} was not given to this organization. Ask the operator (PUT /api/trust-domain-names/{name}), or send bundle_jwks and in proofs one SVID "
        + $"of the trust domain for each of its keys, with the audience {TrustDomainProof.AudienceOf(orgId)} ({problem})",
        "trust_domain_not_given");

    public static readonly Error ReadOnly = Error.Conflict(
        "this trust domain comes from the gateway's configuration (HOOP_SPIFFE_TRUST_DOMAIN) and cannot be changed here", "read_only");

    public static readonly Error NameInUse = Error.Conflict(
        "a trust domain of an organization has this name; it must be deleted or renamed first", "name_in_use");

    /// <summary>A path is the gateway's, not the tenant's.</summary>
    public static readonly Error FileIsOperators = Error.Denied("bundle_file: only the operator may name files of the gateway");
}
