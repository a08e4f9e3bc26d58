using System.Text;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>Bodies that no route expects.</summary>
internal static class HostileBodies
{
    private static readonly string[] Values =
        ["5", "-0.0", "1e400", "true", "null", "[]", "{}", "[null]", "[[]]", "[5]", "[{}]", "{\"a\":null}", "{\"a\":{\"b\":1}}", "\"\"",
            "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"a\\nb\"", "\"../..\""];

    private static readonly string[] Whole =
    [
        "", " ", "[", "{", "}", "[]", "null", "true", "5", "\"text\"", "{}", "{}{}", "{\"name\":}", "{'name':1}", "{\"name\":1,}",
            "{name:1}", "{\"name\":1,\"name\":2}", "{\"\":1}", "{\"__proto__\":{}}", "\u0000", "\uFEFF{}",
        "<x/>", "{\"a\":" + new string('[', 20_000), Nested(200), Nested(20_000),
    ];

    /// <summary>Each with a name for the report.</summary>
    /// <param name="members">Names that the route reads.</param>
    public static IEnumerable<(string Name, byte[] Body)> For(IReadOnlyCollection<string> members)
    {
        foreach (var text in Whole)
        {
            yield return (Short(text), Encoding.UTF8.GetBytes(text));
        }

        yield return ("invalid UTF-8", [.. "{\"name\":\""u8, 0xFF, 0xC0, .. "\"}"u8]);
        foreach (var member in members)
        {
            foreach (var value in Values.Append($"\"{new string('x', 70_000)}\"").Append(Nested(40)))
            {
                var text = $"{{\"{member}\":{value}}}";
                yield return (Short(text), Encoding.UTF8.GetBytes(text));
            }
        }

        // All members at once: what one rule hides, the next reads.
        foreach (var value in Values)
        {
            var text = $"{{{string.Join(',', members.Select(member => $"\"{member}\":{value}"))}}}";
            yield return (Short(text), Encoding.UTF8.GetBytes(text));
        }
    }

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

    private static string Short(string text) => text.Length > 60 ? text[..60] + "..." : text;
}
