using Hoop.Shared;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Agents;

/// <summary>An agent is named by its id or its name. No name can look like an id: a name of that shape is refused at creation.</summary>
internal static class AgentReference
{
    private const string Folder = "/api/agents/";

    /// <summary>Text that can be neither never reaches the database, which refuses some of it (NUL).</summary>
    public static bool IsPossible(string nameOrId) => ResourceName.IsValid(nameOrId);

    /// <summary>A name that would be hidden behind a route of its own. Routes do not look at the case.</summary>
    public static bool IsReserved(string name) =>
        string.Equals($"{Folder}{name}", AgentChannelPath.Path, StringComparison.OrdinalIgnoreCase);

    /// <summary>The id, in the one spelling that the API writes; null for a name.</summary>
    public static Guid? IdOf(string nameOrId) => StrictUuid.Parse(nameOrId);
}
