using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hoop.Cli.Output;

/// <summary>
/// JSON as YAML in block style: the same members in the same order. A text that any reader of YAML could take for something else stands in
/// quotes (<c>no</c>, <c>1e3</c>, <c>2026-01-01</c>), as JSON writes it, which is YAML too (YAML 1.2.2 section 7.3.1).
/// </summary>
internal static partial class Yaml
{
    private static readonly string[] Words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"];

    private static readonly JsonWriterOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is not JSON stays as it is.</summary>
    public static string Of(string json)
    {
        try
        {
            return Of(JsonElement.Parse(json));
        }
        catch (JsonException)
        {
            return json.TrimEnd();
        }
    }

    public static string Of(JsonElement element)
    {
        var text = new StringBuilder();
        if (IsFlat(element))
        {
            text.Append(Scalar(element)).Append('\n');
        }
        else
        {
            Write(text, element, depth: 0, inList: false);
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void Write(StringBuilder text, JsonElement element, int depth, bool inList)
    {
        var first = inList;
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                Indent(text, depth, ref first).Append("- ");
                Item(text, item, depth + 1);
            }

            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            Indent(text, depth, ref first).Append(Key(member.Name)).Append(':');
            if (IsFlat(member.Value))
            {
                text.Append(' ').Append(Scalar(member.Value)).Append('\n');
            }
            else
            {
                text.Append('\n');
                Write(text, member.Value, depth + 1, inList: false);
            }
        }
    }

    private static void Item(StringBuilder text, JsonElement item, int depth)
    {
        if (IsFlat(item))
        {
            text.Append(Scalar(item)).Append('\n');
        }
        else
        {
            Write(text, item, depth, inList: true);
        }
    }

    // The first line of an item stands behind its dash.
    private static StringBuilder Indent(StringBuilder text, int depth, ref bool first)
    {
        if (first)
        {
            first = false;
            return text;
        }

        return text.Append(' ', depth * 2);
    }

    private static bool IsFlat(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => !element.EnumerateObject().Any(),
        JsonValueKind.Array => element.GetArrayLength() == 0,
        _ => true,
    };

    private static string Scalar(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Key(element.GetString()!),
        _ => element.GetRawText(),
    };

    private static string Key(string text) =>
        Plain().IsMatch(text)
            && !text.Contains(": ", StringComparison.Ordinal)
            && !text.EndsWith(':')
            && !Words.Contains(text.ToLowerInvariant())
            && !double.TryParse(text, NumberStyles.Any, CultureInfo.InvariantCulture, out _)
            ? text
            : Quote(text);

    private static string Quote(string text)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Quoted))
        {
            writer.WriteStringValue(text);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Begins with a letter (so it is no number, date or sign), and holds nothing that means something to YAML.</summary>
    [GeneratedRegex(@"^[A-Za-z_/]([A-Za-z0-9_./@+:=-]|( (?!#)[A-Za-z0-9_./@+(]))*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plain();
}
