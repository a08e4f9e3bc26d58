namespace Hoop.Identity;

/// <summary>
/// Changes of what hangs together in the identity store (memberships, moves, merges, deletions, renames) come one after the other in an
/// organization: each takes rows of several tables, and two of them would wait for each other. Held until the transaction ends.
/// Creating entities and aliases, and changing the fields of one, goes on beside it.
/// </summary>
internal static class StoreLock
{
    private const string TakeSql = "SELECT pg_advisory_xact_lock(hashtextextended('identity store ' || @OrgId::text, 0))";

    public static Task TakeStoreLock(this OrgDb organization, CancellationToken cancellationToken) =>
        organization.Execute(TakeSql, args: null, cancellationToken);
}
