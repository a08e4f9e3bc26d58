using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hoop.Cli.Gateway;

/// <summary>Members of an answer as text. An absent one is null, and so is a <c>null</c>.</summary>
internal static class JsonMembers
{
    public static string? Text(this JsonElement element, string name) => element.Member(name) is { } member ? AsText(member) : null;

    public static IReadOnlyList<string> Texts(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(AsText)] : [];

    public static bool IsTrue(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null
            ? member
            : null;

    /// <summary>Members of an object in ordinal order; none when it is absent.</summary>
    public static IReadOnlyList<JsonProperty> Members(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Object } map
            ? [.. map.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal)]
            : [];

    /// <summary>The same JSON with a member a line; what is not JSON stays as it is.</summary>
    public static string Indented(string json)
    {
        try
        {
            var text = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(text, Readable))
            {
                JsonElement.Parse(json).WriteTo(writer);
            }

            return Encoding.UTF8.GetString(text.WrittenSpan);
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private static readonly JsonWriterOptions Readable = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string AsText(this JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
}
