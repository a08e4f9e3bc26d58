using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Text;

namespace Hoop.Federation.Providers;

/// <summary>
/// The provider's own settings: a flat JSON object of texts, whole numbers, booleans and lists of texts. What its keys mean, and that
/// others are refused, is the provider's business.
/// </summary>
[JsonConverter(typeof(Converter))]
internal sealed class ExtraConfig
{
    private const int MaxMembers = 32;
    private const int MaxText = 1024;
    private const int MaxItems = 256;

    private readonly SortedDictionary<string, object> _members;

    private ExtraConfig(SortedDictionary<string, object> members) => _members = members;

    public static ExtraConfig Empty { get; } = new(new SortedDictionary<string, object>(StringComparer.Ordinal));

    public string? Text(string name) => _members.GetValueOrDefault(name) as string;

    /// <summary>Null when absent; an empty list stays one.</summary>
    public IReadOnlyList<string>? List(string name) => _members.GetValueOrDefault(name) as IReadOnlyList<string>;

    public IReadOnlyCollection<string> Names => _members.Keys;

    public bool IsNumber(string name) => _members.GetValueOrDefault(name) is long;

    public bool Has(string name) => _members.ContainsKey(name);

    public string ToJson() => JsonSerializer.Serialize(this);

    public static ExtraConfig FromJson(string json) => JsonSerializer.Deserialize<ExtraConfig>(json)!;

    private sealed class Converter : JsonConverter<ExtraConfig>
    {
        public override ExtraConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            Demand(reader.TokenType == JsonTokenType.StartObject);
            var members = new SortedDictionary<string, object>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Plain(reader.GetString()!);
                reader.Read();
                Demand(members.Count < MaxMembers && members.TryAdd(name, Value(ref reader)));
            }

            return new ExtraConfig(members);
        }

        public override void Write(Utf8JsonWriter writer, ExtraConfig value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, member) in value._members)
            {
                writer.WritePropertyName(name);
                JsonSerializer.Serialize(writer, member, member.GetType(), options);
            }

            writer.WriteEndObject();
        }

        private static object Value(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    return Plain(reader.GetString()!);
                case JsonTokenType.True or JsonTokenType.False:
                    return reader.GetBoolean();
                case JsonTokenType.Number when reader.TryGetInt64(out var number):
                    return number;
                case JsonTokenType.StartArray:
                    var items = new List<string>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        Demand(reader.TokenType == JsonTokenType.String && items.Count < MaxItems);
                        items.Add(Plain(reader.GetString()!));
                    }

                    return items;
                default:
                    throw new JsonException();
            }
        }

        // These texts end in log lines and terminals, and PostgreSQL refuses NUL.
        private static string Plain(string text)
        {
            Demand(text.Length <= MaxText && Printable.Is(text));
            return text;
        }

        private static void Demand(bool condition)
        {
            if (!condition)
            {
                throw new JsonException();
            }
        }
    }
}
