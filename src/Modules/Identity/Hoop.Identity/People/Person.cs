using System.Text.Json.Serialization;

namespace Hoop.Identity.People;

/// <summary>A person of an issuer. Issuer and subject are who it is; address and name are for people to read and identify nobody.</summary>
/// <param name="Email">Empty unless the issuer vouches for it.</param>
/// <param name="Status"><c>active</c>, <c>inactive</c>: every credential of the person is refused; <c>invited</c>: not signed in
/// yet.</param>
/// <param name="Groups">All that count: those of admins, and those of the issuer until they are too old.</param>
/// <param name="SetGroups">Set by an admin; a sign-in leaves them alone.</param>
/// <param name="IssuerGroups">As the issuer told them at the last sign-in that told them.</param>
/// <param name="GroupsKnownAt">When the issuer last told them; left out while it never did, and then they are unknown.</param>
internal sealed record Person(
    Guid Id,
    Guid OrgId,
    string Issuer,
    string Subject,
    string Email,
    string Name,
    string Status,
    string[] Groups,
    string[] SetGroups,
    string[] IssuerGroups,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? GroupsKnownAt,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? LastSignInAt)
{
    /// <summary>Announced by whatever changes a person; the key names organization and id.</summary>
    public const string Topic = "people";

    /// <summary>
    /// Until when what the issuer told counts: a time after it last told it, an hour at least, because a sign-in of an hour is told once.
    /// Who signed in at a gateway of an earlier version has the usual day.
    /// </summary>
    public const string KeptUntil =
        "issuer_groups_at + make_interval(secs => greatest(coalesce(issuer_groups_keep_seconds, 86400), 3600))";

    /// <summary>Those of admins, and those of the issuer as long as they count, each once.</summary>
    public const string AllGroups = "ARRAY(SELECT unnest(groups) AS one UNION SELECT unnest(issuer_groups) "
        + "WHERE " + KeptUntil + " > now() ORDER BY one)";

    /// <summary>The same, whether they still count or not.</summary>
    public const string ToldGroups = "ARRAY(SELECT unnest(groups) AS one UNION SELECT unnest(issuer_groups) ORDER BY one)";

    /// <summary>In the order of the constructor.</summary>
    public const string Columns =
        $"id, org_id, issuer, subject, email, name, status, {AllGroups} AS groups, groups AS set_groups, issuer_groups, "
        + "issuer_groups_at AS groups_known_at, created_at, updated_at, last_sign_in_at";

    /// <summary>Whether the address stands for something: hoop's clients read it.</summary>
    public bool Verified => Email.Length > 0;

    public static string KeyOf(Guid orgId, Guid id) => ChangeKey.Of(orgId, id.ToString());

    public AuditEntry Audited(AuditAction action) => new("person", action, Id)
    {
        Fields = new AuditFields
        {
            { "issuer", Issuer },
            { "subject", Subject },
            { "email", Email },
            { "name", Name },
            { "status", Status },
            { "groups", SetGroups },
            { "issuer_groups", IssuerGroups },
        },
    };
}

internal static class PersonErrors
{
    public static readonly Error NotFound = Error.NotFound("person not found");

    public static readonly Error AlreadyExists = Error.Conflict(
        "subject: this person is known already; see GET /api/users?subject=", "already_exists");

    public static readonly Error NoIssuer = Error.Invalid(
        "issuer: name the identity provider of the person; this organization has none of its own (HOOP_OIDC_ISSUER)", "no_issuer");
}

/// <summary>The shape of a person's members, the same for invitation and update.</summary>
internal static class PersonRules
{
    private const int MaxText = 255;

    public static bool IsText(string? text) => text is null || (text.Length <= MaxText && !text.Any(char.IsControl));

    public static void Name<T>(IRuleBuilderInitial<T, string?> rule) => rule
        .Must(IsText).WithMessage($"name: use at most {MaxText} characters, without control characters")
        .Must(name => !Hoop.Shared.LeadingDash.IsIn(name)).WithMessage($"name: {Hoop.Shared.LeadingDash.Problem}");

    public static void Groups<T>(IRuleBuilderInitial<T, string[]?> rule) => rule
        .Must(groups => GroupNames.Problem(groups) is null).WithMessage((_, groups) => $"groups: {GroupNames.Problem(groups)}");
}
