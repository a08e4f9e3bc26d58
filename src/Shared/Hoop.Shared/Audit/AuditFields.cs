using System.Buffers;
using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hoop.Shared.Text;

namespace Hoop.Shared.Audit;

/// <summary>
/// The facts of an audit row by snake_case name, listed one by one: <c>new AuditFields { { "name", value.Name }, { "groups",
/// value.Groups } }</c>. The kinds of value are closed, so that neither a whole body nor a secret can be put in, and whatever is put in
/// can be stored.
/// </summary>
public sealed class AuditFields : IEnumerable<KeyValuePair<string, object?>>
{
    /// <summary>Of one list; a last item says how many more there were.</summary>
    public const int MaxItems = 1000;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    private readonly List<KeyValuePair<string, object?>> _fields = [];

    public AuditFields()
    {
    }

    /// <summary>Begins with what <paramref name="other"/> says.</summary>
    public AuditFields(AuditFields other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _fields.AddRange(other._fields);
    }

    public void Add(string name, string? value) => Put(name, value is null ? null : AuditText.Clean(value));

    public void Add(string name, bool value) => Put(name, value);

    public void Add(string name, long? value) => Put(name, value);

    public void Add(string name, Guid? value) => Put(name, value?.ToString());

    public void Add(string name, DateTimeOffset? value) => Put(name, value?.ToUniversalTime());

    /// <param name="value">UTC.</param>
    public void Add(string name, DateTime? value) =>
        Put(name, value is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) : null);

    public void Add(string name, IEnumerable<string>? values) => Put(name, values is null ? null : Bounded(values));

    public void Add(string name, IEnumerable<Guid>? values) => Add(name, values?.Select(value => value.ToString()));

    /// <summary>A JSON object.</summary>
    /// <param name="more">Follows, and has the last word about what both name.</param>
    public string ToJson(AuditFields? more = null)
    {
        var json = KeptJson.Take(JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        json.Writer.WriteStartObject();
        foreach (var (name, value) in _fields)
        {
            if (more is null || more.IndexOf(name) < 0)
            {
                json.Writer.WritePropertyName(name);
                Write(json.Writer, value);
            }
        }

        foreach (var (name, value) in more?._fields ?? [])
        {
            json.Writer.WritePropertyName(name);
            Write(json.Writer, value);
        }

        json.Writer.WriteEndObject();
        json.Writer.Flush();
        var text = Encoding.UTF8.GetString(json.Written.Span);
        json.GiveBack();
        return text;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => ToJson();

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case long number: writer.WriteNumberValue(number); break;
            case DateTimeOffset time: writer.WriteStringValue(time); break;
            case IReadOnlyList<string> texts:
                writer.WriteStartArray();
                foreach (var text in texts)
                {
                    writer.WriteStringValue(text);
                }

                writer.WriteEndArray();
                break;
            default: throw new InvalidOperationException($"A field of kind {value.GetType()} was put in past the overloads.");
        }
    }

    private static List<string> Bounded(IEnumerable<string> values)
    {
        var (kept, more) = (new List<string>(), 0);
        foreach (var value in values)
        {
            if (kept.Count < MaxItems)
            {
                kept.Add(AuditText.Clean(value));
            }
            else
            {
                more++;
            }
        }

        if (more > 0)
        {
            kept.Add($"… and {more} more");
        }

        return kept;
    }

    // The last word counts, as for an index: a use case repeats a fact of its intent when it knows better.
    private void Put(string name, object? value)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"\"{name}\" is not a snake_case name.", nameof(name));
        }

        if (IndexOf(name) is >= 0 and var index)
        {
            _fields.RemoveAt(index);
        }

        _fields.Add(KeyValuePair.Create(name, value));
    }

    private int IndexOf(string name)
    {
        for (var index = 0; index < _fields.Count; index++)
        {
            if (string.Equals(_fields[index].Key, name, StringComparison.Ordinal))
            {
                return index;
            }
        }

        return -1;
    }

    private static bool IsName(string name) => name is { Length: > 0 and <= 64 } && char.IsAsciiLetterLower(name[0])
        && !name.AsSpan().ContainsAnyExcept(NameCharacters);
}
