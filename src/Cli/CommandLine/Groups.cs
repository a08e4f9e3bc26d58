using System.Text.Json.Nodes;

namespace Hoop.Cli.CommandLine;

/// <summary><c>--groups a,b --groups c</c>.</summary>
internal static class Groups
{
    /// <summary>Always an array, as the API wants it.</summary>
    public static JsonArray Of(string[]? options) => [.. Named(options).Select(group => (JsonNode)group)];

    public static IReadOnlyList<string> Named(string[]? options) =>
    [
        .. (options ?? [])
            .SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
    ];
}
