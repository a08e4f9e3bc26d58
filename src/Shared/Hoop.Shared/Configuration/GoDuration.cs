using System.Buffers;
using System.Globalization;

namespace Hoop.Shared.Configuration;

/// <summary>Go's duration syntax (<c>time.ParseDuration</c>), because operators of this field write it everywhere.</summary>
public static class GoDuration
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    private static readonly SearchValues<char> Numeric = SearchValues.Create("0123456789.");

    /// <summary>
    /// Accepts one or more of number plus <c>h</c>, <c>m</c>, <c>s</c> or <c>ms</c>; no sign, no blanks, at most 10 years.
    /// </summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var milliseconds = 0d;
        var rest = text.AsSpan();
        do
        {
            var digits = rest.IndexOfAnyExcept(Numeric);
            if (digits <= 0
                || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            if (!TakeUnit(ref rest, out var unit))
            {
                return false;
            }

            milliseconds += number * unit;
        }
        while (!rest.IsEmpty);

        if (milliseconds > TimeSpan.FromDays(3650).TotalMilliseconds)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>The shortest form: <c>1h30m</c>, <c>45s</c>, <c>250ms</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Part((int)duration.TotalHours, "h")}{Part(duration.Minutes, "m")}{Part(duration.Seconds, "s")}{Part(duration.Milliseconds, "ms")}");
        return text.Length > 0 ? text : "0s";

        static string Part(int number, string unit) => number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture) + unit;
    }

    private static bool TakeUnit(ref ReadOnlySpan<char> rest, out double milliseconds)
    {
        foreach (var (unit, factor) in Units)
        {
            if (rest.StartsWith(unit, StringComparison.Ordinal))
            {
                rest = rest[unit.Length..];
                milliseconds = factor;
                return true;
            }
        }

        milliseconds = 0;
        return false;
    }
}
