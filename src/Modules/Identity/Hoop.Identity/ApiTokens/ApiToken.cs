using System.Text.Json.Serialization;

namespace Hoop.Identity.ApiTokens;

/// <summary>A token of the organization, without its secret: that one is shown once, and only its hash is kept.</summary>
/// <param name="Groups">Decide the role of whoever presents the token.</param>
/// <param name="IsOperator">True for the bootstrap admin token alone.</param>
/// <param name="ExpiresAt">UTC; left out when the token does not expire.</param>
/// <param name="LastUsedAt">UTC, to within two minutes; left out when the token was not used yet.</param>
/// <param name="Status"><c>active</c>, or <c>expired</c>: such a token is refused and can be deleted.</param>
/// <param name="PersonId">Whose token it is; left out for one of the organization.</param>
internal sealed record ApiToken(
    Guid Id,
    string Name,
    string[] Groups,
    bool IsOperator,
    DateTime CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? LastUsedAt,
    string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? PersonId)
{
    /// <summary>Announced by whatever takes a token away; the key is its id.</summary>
    public const string Topic = "api_tokens";

    /// <summary>In the order of the constructor.</summary>
    public const string Columns = "id, split_part(name, '#', 1) AS name, groups, is_operator, created_at, expires_at, last_used_at, "
        + "CASE WHEN expires_at <= now() THEN 'expired' ELSE 'active' END AS status, person_id";
}

internal static class ApiTokenErrors
{
    public static readonly Error NameTaken = Error.Conflict("name: an API token with this name already exists");

    public static readonly Error NotFound = Error.NotFound("API token not found");

    public static readonly Error Bootstrap = Error.Denied(
        "the bootstrap admin token cannot be deleted; set HOOP_ADMIN_TOKEN to replace it", "bootstrap_token");
}
