namespace Hoop.Cli.CommandLine;

/// <summary>What may follow <c>-o</c>.</summary>
internal static class Formats
{
    public const string Json = "json";
    public const string Yaml = "yaml";
    public const string Name = "name";
    public const string Wide = "wide";

    public static readonly string[] All = [Json, Yaml, Name, Wide];

    /// <summary>Of a command that shows what it did.</summary>
    public static readonly string[] Answers = [Json, Yaml];

    /// <summary>Of a command that did something to a resource with a name.</summary>
    public static readonly string[] Named = [Json, Yaml, Name];

    /// <summary>In a command's help: what it has, and nothing else.</summary>
    public static string Described(IReadOnlyList<string> known) =>
        $"Output format: {string.Join(", ", known.SkipLast(1).Select(Explained))} or {known[^1]}. Without it, text for people";

    private static string Explained(string format) => format == Json ? "json (the gateway's answer as it is)" : format;

    public static string Unknown(string format) => Nearest.To(format, All) is { } meant
        ? $"-o {format}: there is no such format; did you mean {meant}?"
        : $"-o {format}: there is no such format; the formats are {string.Join(", ", All)}";

    /// <summary>Null when the command knows the format.</summary>
    public static string? Problem(string? format, IReadOnlyList<string> known) => format is null || known.Contains(format) ? null
        : $"-o {format}: this command has no such output; it has {string.Join(" and ", known)}";
}
