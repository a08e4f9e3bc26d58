using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Hoop.Identity.Vault;

/// <summary>
/// The value of a field: JSON where it stands in the body, or the texts of a form. Nothing is made of it before it is read, and but for
/// texts nothing of it outlives the body: a document of all values would cost more than the body.
/// </summary>
internal readonly struct VaultValue
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = StrictObject.MostDepth };

    private readonly ReadOnlySequence<byte> _json;
    private readonly object? _said;

    /// <param name="json">One valid value, and nothing around it.</param>
    public VaultValue(ReadOnlySequence<byte> json) => _json = json;

    private VaultValue(object said) => _said = said;

    /// <summary>Null is JSON's.</summary>
    public static VaultValue Of(string? text) => text is null ? new(new ReadOnlySequence<byte>("null"u8.ToArray())) : new(said: text);

    public static VaultValue Of(string[] texts) => new(said: texts);

    public static VaultValue Of(JsonElement value) => new(new ReadOnlySequence<byte>(JsonMarshal.GetRawUtf8Value(value).ToArray()));

    public JsonValueKind Kind => _said switch
    {
        string => JsonValueKind.String,
        string[] => JsonValueKind.Array,
        _ => First switch
        {
            (byte)'"' => JsonValueKind.String,
            (byte)'{' => JsonValueKind.Object,
            (byte)'[' => JsonValueKind.Array,
            (byte)'t' => JsonValueKind.True,
            (byte)'f' => JsonValueKind.False,
            (byte)'n' => JsonValueKind.Null,
            _ => JsonValueKind.Number,
        },
    };

    public bool IsScalar => Kind is not (JsonValueKind.Object or JsonValueKind.Array);

    /// <summary>Of a form, where a name stands several times.</summary>
    public string[]? Texts => _said as string[];

    /// <summary>About how long its text is, without making it: at least a sixth of it.</summary>
    public long Size => _said is string text ? text.Length : _json.Length;

    /// <summary>Of a string its text, of anything else how it is written.</summary>
    public string Written => _said switch
    {
        string text => text,
        string[] texts => JsonSerializer.Serialize(texts),
        _ => Spell(),
    };

    /// <summary>At nothing yet. Of JSON alone.</summary>
    public Utf8JsonReader Read() => new(_json, Options);

    /// <summary>Of JSON alone; the bytes of a value in it, as a reader counts them.</summary>
    public VaultValue Part(long start, long end) => new(_json.Slice(start, end - start));

    /// <summary>What an array holds; none of anything else.</summary>
    public IReadOnlyList<VaultValue> Items()
    {
        if (_said is string[] texts)
        {
            return Array.ConvertAll(texts, Of);
        }

        var items = new List<VaultValue>();
        if (Kind != JsonValueKind.Array)
        {
            return items;
        }

        var reader = Read();
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = reader.TokenStartIndex;
            reader.Skip();
            items.Add(Part(start, reader.BytesConsumed));
        }

        return items;
    }

    /// <summary>A copy that outlives the body.</summary>
    public JsonElement ToElement() => _said is null ? JsonElement.Parse(_json.ToArray()) : JsonSerializer.SerializeToElement(_said);

    private byte First
    {
        get
        {
            new SequenceReader<byte>(_json).TryPeek(out var first);
            return first;
        }
    }

    private string Spell()
    {
        if (!IsScalar)
        {
            return Encoding.UTF8.GetString(_json);
        }

        var reader = Read();
        reader.Read();
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Number ? JsonText.Of(reader) : Encoding.UTF8.GetString(_json);
    }
}
