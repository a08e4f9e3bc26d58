namespace Hoop.Cli.Output;

/// <summary>One resource for people: a label padded to 24 columns, then its value; <c>-</c> for none.</summary>
internal static class Labels
{
    private const int Width = 24;

    public static string Line(string label, string? value) => (label + ":").PadRight(Width) + (string.IsNullOrEmpty(value) ? "-" : value);
}
