using System.Text.Json;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>One resource with everything that it has, a member a line; what is inside another thing is indented.</summary>
internal static class Description
{
    private const int Step = 2;

    public static IEnumerable<string> Of(JsonElement resource, int depth = 0)
    {
        foreach (var member in resource.EnumerateObject())
        {
            var label = new string(' ', depth * Step) + Label(member.Name);
            switch (member.Value)
            {
                case { ValueKind: JsonValueKind.Object } inner when inner.EnumerateObject().Any():
                    yield return label + ":";
                    foreach (var line in Of(inner, depth + 1))
                    {
                        yield return line;
                    }

                    break;
                case { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object):
                    yield return label + ":";
                    foreach (var line in list.EnumerateArray().SelectMany(item => Item(item, depth + 1)))
                    {
                        yield return line;
                    }

                    break;
                case { ValueKind: JsonValueKind.Array } list:
                    yield return Labels.Line(label, string.Join(", ", list.EnumerateArray().Select(item => item.AsText())));
                    break;
                case { ValueKind: JsonValueKind.Object or JsonValueKind.Null }:
                    yield return Labels.Line(label, "");
                    break;
                case { ValueKind: JsonValueKind.True or JsonValueKind.False } flag:
                    yield return Labels.Line(label, flag.GetBoolean() ? "yes" : "no");
                    break;
                case { ValueKind: JsonValueKind.String } text when text.GetString()!.TrimEnd('\n').Split('\n') is { Length: > 1 } lines:
                    yield return label + ":";
                    foreach (var line in lines)
                    {
                        yield return new string(' ', (depth + 1) * Step) + line.Replace("\t", "    ", StringComparison.Ordinal);
                    }

                    break;
                default:
                    yield return Labels.Line(label, member.Value.AsText());
                    break;
            }
        }
    }

    private static IEnumerable<string> Item(JsonElement item, int depth)
    {
        var lines = item.ValueKind == JsonValueKind.Object ? Of(item).ToArray() : [item.AsText()];
        return lines.Select((line, index) => new string(' ', depth * Step) + (index == 0 ? "- " : "  ") + line);
    }

    /// <summary><c>last_seen_at</c> as <c>Last Seen At</c>.</summary>
    private static string Label(string name) => string.Join(
        ' ', name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
        {
            "ids" => "IDs",
            "id" or "url" or "jwks" or "ip" or "api" => word.ToUpperInvariant(),
            _ when char.IsAsciiLetterLower(word[0]) => char.ToUpperInvariant(word[0]) + word[1..],
            _ => word,
        }));
}
