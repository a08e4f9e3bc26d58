namespace Hoop.Identity;

/// <summary>Told by whatever changes who somebody is or what an entity may do: policies, groups, aliases, disabled.</summary>
internal static class StoreChanges
{
    public const string Topic = "entities";

    public static Task AnnounceRights(this Db db, Guid orgId, CancellationToken cancellationToken) =>
        db.Announce(Topic, ChangeKey.Of(orgId), cancellationToken);
}
