using Hoop.Shared.Quotas;

namespace Hoop.Identity.Tokens;

/// <summary>What is the same for every token of Vault's kind.</summary>
internal static class VaultToken
{
    /// <summary>How each begins; it chooses the verifier.</summary>
    public const string Prefix = "hvs.";

    /// <summary>What asked for a child was revoked since it was let in.</summary>
    public static readonly Error ParentRevoked = Error.Denied("1 error occurred:\n\t* permission denied\n\n", "parent_revoked");

    /// <summary>Announced with the organization whenever one of its tokens is revoked or renewed.</summary>
    public const string Topic = "vault_tokens";

    /// <summary>Children of children: enough for any use, and an end for those who go on.</summary>
    public const int MaxGeneration = 32;

    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.tokens WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    private const string CountRolesSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.token_roles WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("vault_tokens", "HOOP_QUOTA_VAULT_TOKENS", 500_000, CountSql);

    public static readonly Quota RoleQuota = new("token_roles", "HOOP_QUOTA_TOKEN_ROLES", 10_000, CountRolesSql);

    public static readonly Error BadToken = Error.Denied("bad token", "bad_token");

    public static readonly Error BadAccessor = Error.Denied("1 error occurred:\n\t* invalid accessor\n\n", "invalid_accessor");

    public static readonly Error NotToRevoke = Error.Malformed("token to revoke not found", "no_token");

    public static readonly Error NotToRenew = Error.Malformed("token not found", "no_token");

    public static readonly Error NotRenewable = Error.Invalid("lease is not renewable", "not_renewable");

    public static readonly Error OtherKind = Error.Invalid(
        "the credential of this request is no token of this kind: revoke it where it was made", "other_credential");

    /// <summary>The token behind the caller; null when it presented something else.</summary>
    public static Guid? IdOf(Caller caller) =>
        caller.Kind == CallerKind.VaultToken ? Vault.VaultIdConstraint.Parse(caller.Alias.Name) : null;
}

/// <summary>Making and revoking tokens of one organization: a child is never made beside the revocation of its parent.</summary>
internal static class TokenLock
{
    private const string ShareSql = "SELECT pg_advisory_xact_lock_shared(hashtextextended('tokens ' || @OrgId::text, 0))";

    private const string TakeSql = "SELECT pg_advisory_xact_lock(hashtextextended('tokens ' || @OrgId::text, 0))";

    /// <summary>For whoever makes tokens: any number at once.</summary>
    public static Task ShareTokenLock(this OrgDb organization, CancellationToken cancellationToken) =>
        organization.Execute(ShareSql, args: null, cancellationToken);

    /// <summary>For whoever revokes.</summary>
    public static Task TakeTokenLock(this OrgDb organization, CancellationToken cancellationToken) =>
        organization.Execute(TakeSql, args: null, cancellationToken);
}
