using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hoop.Shared.Secrets;

/// <summary>
/// Confidential text. Prints <c>***</c>, is read from JSON, cannot be written to JSON; <see cref="Reveal"/> is the only way out,
/// so a search for it finds every place where a secret leaves.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class SecretText(string value)
{
    private readonly string _value = value;
    private readonly int _from;

    /// <summary>What follows the first <paramref name="from"/> characters, without a copy of it.</summary>
    public SecretText(string value, int from)
        : this(value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from, (uint)value.Length, nameof(from));
        _from = from;
    }

    /// <summary>The clear text. Never log, store or echo it.</summary>
    public string Reveal() => _from == 0 ? _value : _value[_from..];

    /// <summary>The clear text for whoever only looks at it.</summary>
    public ReadOnlySpan<char> RevealSpan() => _value.AsSpan(_from);

    public bool IsEmpty => _value.Length == _from;

    public override string ToString() => "***";

    private sealed class Converter : JsonConverter<SecretText>
    {
        public override SecretText? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? new SecretText(reader.GetString()!) : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, SecretText value, JsonSerializerOptions options) =>
            throw new NotSupportedException("A secret cannot be written to JSON.");
    }
}
