using System.Globalization;
using Hoop.Shared.Configuration;

namespace Hoop.Identity.Vault;

/// <summary>Vault's durations: whole seconds, days (<c>1d</c>), or as Go writes them (<c>1h30m</c>). Empty is zero.</summary>
internal static class VaultDuration
{
    private const long MostSeconds = 10L * 365 * 24 * 3600;

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.Length == 0)
        {
            return true;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            duration = TimeSpan.FromSeconds(Math.Min(seconds, MostSeconds));
            return seconds <= MostSeconds;
        }

        if (text[^1] == 'd' && long.TryParse(text.AsSpan()[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days))
        {
            duration = TimeSpan.FromSeconds(Math.Min(days, 3650) * 24 * 3600);
            return days <= 3650;
        }

        return GoDuration.TryParse(text, out duration);
    }
}
