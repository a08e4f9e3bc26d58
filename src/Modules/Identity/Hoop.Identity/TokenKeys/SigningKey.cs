using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.TokenKeys;

/// <summary>A named key: what its versions have in common. Times in seconds.</summary>
/// <param name="VerificationTtl">For so long a version stays published after its last signature; no token lives longer.</param>
/// <param name="PublishAhead">For so long the next version is published before it signs, when it is not an emergency.</param>
/// <param name="AllowedClientIds"><c>*</c> for every audience; empty for none.</param>
/// <param name="RotatesAt">The plan; whichever gateway comes first carries it out.</param>
internal sealed record SigningKey(
    Guid Id,
    string Name,
    string Algorithm,
    int RotationPeriod,
    int VerificationTtl,
    int PublishAhead,
    string[] AllowedClientIds,
    DateTime RotatesAt)
{
    /// <summary>Every organization has it, made when it is needed first. Other modules sign with it.</summary>
    public const string Default = "default";

    /// <summary>Announced with the organization by whatever changes its keys, roles or issuer.</summary>
    public const string Topic = "signing_keys";

    /// <summary>In the order of the constructor.</summary>
    public const string Columns =
        "id, name, algorithm, rotation_period, verification_ttl, publish_ahead, allowed_client_ids, rotates_at";

    private const int Day = 24 * 3600;

    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.oidc_keys WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("signing_keys", "HOOP_QUOTA_SIGNING_KEYS", 64, CountSql);

    /// <summary>What a write that says nothing makes, as Vault's defaults are.</summary>
    public static SigningKey New(string name, DateTime now) => new(
        RowId.Next(),
        name,
        "RS256",
        Day,
        Day,
        name == Default ? Day : 0,
        name == Default ? ["*"] : [],
        now.AddSeconds(Day));

    public bool Allows(string clientId) =>
        AllowedClientIds.Contains("*", StringComparer.Ordinal) || AllowedClientIds.Contains(clientId, StringComparer.Ordinal);
}

/// <summary>In Vault's words, where it has some.</summary>
internal static class KeyErrors
{
    public static readonly Error RotationPeriod = Error.Malformed("rotation_period must be at least one minute");

    public static readonly Error VerificationTtl = Error.Malformed("verification_ttl cannot be longer than 10x rotation_period");

    public static readonly Error PublishAhead = Error.Malformed(
        "publish_ahead cannot be longer than rotation_period: the next key is published for one period before it signs");

    public static readonly Error NotDeleted = Error.Invalid("deletion of key \"default\" not allowed");

    public static Error Algorithm(string name) => Error.Malformed($"unknown signing algorithm \"{VaultText.Shorten(name)}\"");

    // JWT-SVID section 2.1 lists the algorithms, and EdDSA is not among them.
    public static Error NoSvids(string name) => Error.Malformed(
        $"the key \"{VaultText.Shorten(name)}\" signs with EdDSA, which JWT-SVIDs may not be signed with: take a key with RS256 or ES256");

    public static Error Referenced(string name, int ttl) => Error.Conflict(
        $"unable to update key \"{name}\" because it is currently referenced by one or more roles with a token ttl greater than {ttl} seconds");

    public static Error InUse(string name, IEnumerable<string> roles) => Error.Conflict(
        $"unable to delete key \"{name}\" because it is currently referenced by these roles: {string.Join(", ", roles)}");

    public static Error NoSuch(string name) => Error.Malformed($"no named key found at \"{VaultText.Shorten(name)}\"");

    public static Error Crowded(string name) => Error.Invalid(
        $"the key \"{name}\" has {KeyVersions.MostPublished} published versions: wait until the oldest end, or use rotate/emergency",
        "too_many_versions");
}
