using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hoop.Identity;

/// <summary>Text that the database holds as <c>jsonb</c>: written into the answer as it is.</summary>
internal sealed class StoredJson : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Stored JSON is written, never read.");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteRawValue(value);
}
