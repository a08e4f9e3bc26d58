using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Output;

/// <summary>One resource for people: a label padded to 24 columns, then its value; <c>-</c> for none.</summary>
internal static class Labels
{
    private const int Width = 24;

    public static void Write(Call call, params ReadOnlySpan<(string Label, string? Value)> lines)
    {
        foreach (var (label, value) in lines)
        {
            call.Line((label + ":").PadRight(Width) + (string.IsNullOrEmpty(value) ? "-" : value));
        }
    }
}
