using Hoop.Shared;

namespace Hoop.Federation.Connections;

/// <summary>The <c>{nameOrId}</c> of a path: exactly one of the two, or none when it can be neither.</summary>
internal readonly record struct ConnectionAddress(Guid? Id, string? Name)
{
    public static ConnectionAddress Of(string nameOrId) =>
        StrictUuid.TryParse(nameOrId, out var id) ? new ConnectionAddress(id, null)
        : IsName(nameOrId) ? new ConnectionAddress(null, nameOrId)
        : default;

    /// <summary>A UUID is not a name, or it would hide the connection with that id.</summary>
    public static bool IsName(string text) => ResourceName.IsValid(text) && !StrictUuid.TryParse(text, out _);
}
