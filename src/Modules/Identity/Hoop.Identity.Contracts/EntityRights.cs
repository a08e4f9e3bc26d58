namespace Hoop.Identity.Contracts;

/// <summary>What <see cref="Admit"/> rests on, for those who follow it (<c>CoherentMemory.Subscribe</c>).</summary>
public static class EntityRights
{
    /// <summary>
    /// Announced by whatever changes who somebody is or what an entity may do: policies, groups, aliases, disabled. The keys are of
    /// organizations (<c>ChangeKey</c>).
    /// </summary>
    public const string Topic = "entities";
}
