using Hoop.Identity.Contracts;
using Hoop.Shared;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>A non-human caller, registered by the <c>sub</c> that its identity provider gives it.</summary>
/// <param name="Id">
/// Follows from the subject (UUIDv5), as in the reference; from issuer and subject for an account whose subject another issuer has used
/// before in the organization.
/// </param>
/// <param name="Status"><c>active</c> or <c>inactive</c>; an inactive account is refused at once.</param>
/// <param name="Owner">Who answers for it, for people.</param>
/// <param name="ExpiresAt">From then on it is refused.</param>
/// <param name="LastUsedAt">To the minute; written behind.</param>
internal sealed record ServiceAccount(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Subject,
    string Name,
    string Status,
    string[] Groups,
    string? Owner,
    DateTime? ExpiresAt,
    DateTime? LastUsedAt,
    DateTime CreatedAt,
    DateTime UpdatedAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = 
        "id, org_id, issuer, subject, name, status, groups, owner, expires_at, last_used_at, created_at, updated_at";

    /// <summary>Announced by whatever changes an account.</summary>
    public const string Topic = "service_accounts";

    public const string Active = "active";

    /// <summary>Told to whoever keeps what the account made.</summary>
    public CallersLeaving Leaving(string reason) => new(OrgId, [Alias.OfServiceAccount(Issuer, Subject)], Below: [], reason);

    public static string KeyOf(Guid orgId, string subject) => ChangeKey.Of(orgId, subject);

    public static Guid IdOf(string subject) => UuidV5.Create(UuidV5.Url, "serviceaccount/" + subject);

    public static Guid IdOf(string issuer, string subject) => UuidV5.Create(IdOf(subject), issuer);

    public AuditEntry Audited(AuditAction action) => new("service_account", action, Subject)
    {
        Fields = new AuditFields
        {
            { "issuer", Issuer },
            { "name", Name },
            { "status", Status },
            { "groups", Groups },
            { "owner", Owner },
            { "expires_at", ExpiresAt },
        },
    };
}

internal static class ServiceAccountErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error AlreadyExists = Error.Conflict();

    public static readonly Error Ambiguous = Error.Conflict(
        "subject: accounts of several issuers have it; name the issuer with ?issuer=", "ambiguous_subject");

    public static readonly Error NoIssuer = Error.Invalid(
        "issuer: this organization trusts no identity provider; add one with POST /api/issuers (hoop admin create issuer)", "no_issuer");

    public static readonly Error UnknownIssuer = Error.Invalid(
        "issuer: is none that this organization trusts; see GET /api/issuers (hoop admin get issuers)", "unknown_issuer");

    public static Error SeveralIssuers(IReadOnlyList<string> trusted) => Error.Invalid(
        $"issuer: the organization trusts several, so say whose subject it is: one of {string.Join(", ", trusted.Take(10))}",
        "issuer_required");
}
