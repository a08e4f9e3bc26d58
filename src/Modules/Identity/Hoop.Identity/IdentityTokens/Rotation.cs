using System.Globalization;

namespace Hoop.Identity.IdentityTokens;

internal static class Rotation
{
    /// <summary>Null when the next version signs already.</summary>
    public static IReadOnlyList<string>? WarningsOf(Rotated rotated) => rotated.SignsWith is not null
        ? null
        : [string.Create(
            CultureInfo.InvariantCulture,
            $"the next version signs from {rotated.RotatesAt:yyyy-MM-ddTHH:mm:ssZ}, when it has been published for publish_ahead; rotate/emergency does not wait")];
}
