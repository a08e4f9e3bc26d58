using System.Globalization;

namespace Hoop.Identity.TokenKeys;

internal static class Rotation
{
    /// <param name="rotated">Where the key stands.</param>
    /// <param name="mute">Roles whose tokens the new version may not sign.</param>
    public static IReadOnlyList<string>? WarningsOf(Rotated rotated, IReadOnlyList<string> mute) => mute.Count == 0 ? WarningsOf(rotated) :
    [
        .. WarningsOf(rotated) ?? [],
        $"EdDSA signs no JWT-SVIDs: as soon as it signs, these roles give no tokens: {string.Join(", ", mute)}",
    ];

    /// <summary>Null when the next version signs already.</summary>
    public static IReadOnlyList<string>? WarningsOf(Rotated rotated) => rotated.SignsWith is not null
        ? null
        : [string.Create(
            CultureInfo.InvariantCulture,
            $"the next version signs from {rotated.RotatesAt:yyyy-MM-ddTHH:mm:ssZ}, when it has been published for publish_ahead; rotate/emergency does not wait")];
}
