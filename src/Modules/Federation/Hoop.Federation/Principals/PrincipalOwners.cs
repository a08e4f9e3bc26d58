using Hoop.Shared.Text;

namespace Hoop.Federation.Principals;

/// <summary>
/// Whose an account is: the first user whom a policy resolves to it owns it, in the whole organization, and no other one gets it. What two
/// templates or two domains make equal is thereby never shared; the policy's <c>readonly_principal</c>, which many may share, is nobody's.
/// </summary>
internal sealed class PrincipalOwners(Db db)
{
    public const string Taken = "principal_taken";

    private const string FindSql = """
        SELECT user_subject, user_email
        FROM federation.principal_owners
        WHERE org_id = @OrgId AND principal = @Principal
        """;

    // No session is a command, so nothing else keeps the organization from being deleted meanwhile, and its owners with it.
    private const string ClaimSql = """
        INSERT INTO federation.principal_owners (org_id, principal, user_subject, user_email)
        SELECT org_id, @Principal, @Subject, @Email
        FROM federation.connections
        WHERE org_id = @OrgId AND id = @ConnectionId
        FOR KEY SHARE
        ON CONFLICT (org_id, principal) DO NOTHING
        """;

    private const string RefuseSql = """
        UPDATE federation.principal_owners
        SET refused_connection_id = @ConnectionId, refused_email = @Email, refused_at = now()
        WHERE org_id = @OrgId AND principal = @Principal
        """;

    private const string ConflictsSql = """
        SELECT principal, user_email AS owner, refused_email AS refused, date_trunc('second', refused_at) AS refused_at
        FROM federation.principal_owners
        WHERE org_id = @OrgId AND refused_connection_id = @ConnectionId
        ORDER BY principal_owners.refused_at DESC
        LIMIT 20
        """;

    private const string ReleaseSql = """
        DELETE FROM federation.principal_owners
        WHERE org_id = @OrgId AND principal = @Principal
        RETURNING user_subject, user_email
        """;

    public Task<PrincipalOwner?> Find(Guid orgId, Principal principal, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<PrincipalOwner>(FindSql, new { Principal = principal.Name }, cancellationToken);

    /// <summary>
    /// Null when the account is this user's or nobody's yet; else the refusal, which an administrator finds at the policy.
    /// </summary>
    public async Task<Error?> Refuse(
        Guid orgId, Guid connectionId, Principal principal, SessionUser user, CancellationToken cancellationToken)
    {
        if (await Find(orgId, principal, cancellationToken) is not { } owner || owner.Is(user))
        {
            return null;
        }

        await db.Of(orgId).Execute(
            RefuseSql, new { ConnectionId = connectionId, Principal = principal.Name, Email = Shown(user) }, cancellationToken);
        return TakenBy(principal, owner: null);
    }

    /// <summary>Makes a free account this user's. Of two at once, one gets it and the other is refused.</summary>
    public async Task<Error?> Claim(
        Guid orgId, Guid connectionId, Principal principal, SessionUser user, CancellationToken cancellationToken)
    {
        var claimed = await db.Of(orgId).Execute(
            ClaimSql,
            new { ConnectionId = connectionId, Principal = principal.Name, Subject = PrincipalOwner.SubjectOf(user), Email = Shown(user) },
            cancellationToken);
        return claimed == 1 ? null : await Refuse(orgId, connectionId, principal, user, cancellationToken);
    }

    /// <summary>Who was refused lately in sessions on this connection.</summary>
    public Task<IReadOnlyList<PrincipalConflict>> Conflicts(Guid orgId, Guid connectionId, CancellationToken cancellationToken) =>
        db.Of(orgId).List<PrincipalConflict>(ConflictsSql, new { ConnectionId = connectionId }, cancellationToken);

    /// <summary>Makes the account nobody's; null when it was.</summary>
    public Task<PrincipalOwner?> Release(Guid orgId, string principal, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<PrincipalOwner>(ReleaseSql, new { Principal = principal }, cancellationToken);

    /// <param name="owner">Named to administrators only.</param>
    public static Error TakenBy(Principal principal, PrincipalOwner? owner) => Error.Denied(
        $"principal \"{principal}\" belongs to another user{(owner is null ? "" : $" ({owner.UserEmail})")}: the first one whom a policy resolves to an account owns it; an admin can release it",
        Taken);

    private static string Shown(SessionUser user) => Printable.Line(user.Email.Length > 0 ? user.Email : user.Id, 320);
}

/// <param name="UserSubject">The user's stable subject.</param>
internal sealed record PrincipalOwner(string UserSubject, string UserEmail)
{
    // An address can be given to somebody else; a subject cannot.
    public static string SubjectOf(SessionUser user) => user.Key;

    public bool Is(SessionUser user) => UserSubject == SubjectOf(user);
}

/// <param name="Owner">The address of the user whom the account belongs to.</param>
/// <param name="Refused">The address of the last one who rendered to it as well.</param>
internal sealed record PrincipalConflict(string Principal, string Owner, string Refused, DateTime RefusedAt);
