using Hoop.Identity.Contracts;

namespace Hoop.Identity;

/// <summary>Told by whatever changes who somebody is or what an entity may do: policies, groups, aliases, disabled.</summary>
internal static class StoreChanges
{
    public const string Topic = EntityRights.Topic;

    /// <summary>Of the texts of policies, by organization.</summary>
    public const string PoliciesTopic = "acl_policies";

    /// <summary>Of anybody in the organization.</summary>
    public static void AnnounceRights(this Db db, Guid orgId) => db.Announce(Topic, ChangeKey.Of(orgId));

    /// <summary>Of one entity.</summary>
    public static void AnnounceRights(this Db db, Guid orgId, Guid entityId) => db.Announce(Topic, KeyOf(orgId, entityId));

    /// <summary>A policy is written or deleted.</summary>
    public static void AnnouncePolicies(this Db db, Guid orgId) => db.Announce(PoliciesTopic, ChangeKey.Of(orgId));

    /// <summary>What somebody behind an entity rests on.</summary>
    public static string KeyOf(Guid orgId, Guid entityId) => ChangeKey.Of(orgId, entityId.ToString());
}
