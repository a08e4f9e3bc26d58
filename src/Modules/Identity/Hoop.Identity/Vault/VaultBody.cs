using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Hoop.Identity.Vault;

/// <summary>
/// The fields of a Vault request: the body, whatever its Content-Type says, and the captured parts of the path, which win. Absent,
/// <c>null</c> and <c>{}</c> all mean "no fields". Fields are read with Vault's coercions; the first one that does not fit becomes
/// <see cref="Error"/>. Repeated members, broken Unicode and NUL characters (which the database cannot hold) are refused.
/// </summary>
internal sealed class VaultBody
{
    /// <summary>
    /// Names, values and brackets of one body. A list of 100,000 ids is far below, and 32 MiB of brackets would cost many times as much
    /// memory as they are long (CVE-2025-6203).
    /// </summary>
    public const int MostTokens = 500_000;

    private const int MostDepth = 32;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MostDepth, AllowDuplicateProperties = false };

    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly VaultFields _declared;
    private readonly SortedSet<string> _replaced = new(StringComparer.Ordinal);

    /// <summary>Why the request cannot be read, or null.</summary>
    public Error? Error { get; private set; }

    /// <summary>What an answer with a body tells about fields that did not count; null when all did. </summary>
    public IReadOnlyList<string>? Warnings
    {
        get
        {
            var ignored = _fields.Keys.Where(name => !_declared.Has(name)).Order(StringComparer.Ordinal).ToList();
            List<string> warnings = [];
            if (ignored.Count > 0)
            {
                warnings.Add($"Endpoint ignored these unrecognized parameters: [{string.Join(' ', ignored)}]");
            }

            if (_replaced.Count > 0)
            {
                warnings.Add(
                    $"Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [{string.Join(' ', _replaced)}]");
            }

            return warnings.Count == 0 ? null : warnings;
        }
    }

    private VaultBody(VaultFields declared) => _declared = declared;

    /// <summary>Called by the framework for a parameter of this type.</summary>
    public static async ValueTask<VaultBody> BindAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var declared = context.GetEndpoint()?.Metadata.GetMetadata<VaultFields>() ?? throw new InvalidOperationException(
            "A route that reads a Vault body declares its fields.");
        var body = Parse(content.ToArray(), context.Request.ContentType, declared);
        // Set for a token whose policies say what the fields may be.
        if (context.Features.Get<IFieldRules>() is { } rules && !rules.Allows(body._fields, declared))
        {
            body.Error ??= Error.Denied("1 error occurred:\n\t* permission denied\n\n");
        }

        foreach (var (name, value) in context.Request.RouteValues)
        {
            if (!body._fields.TryAdd(name, JsonSerializer.SerializeToElement(value as string)))
            {
                body._fields[name] = JsonSerializer.SerializeToElement(value as string);
                body._replaced.Add(name);
            }
        }

        body.Check();
        return body;
    }

    /// <summary>Each declared field that is there, also one that its slice does not read in every case.</summary>
    private void Check()
    {
        foreach (var field in _declared.All.Where(field => Has(field.Name)))
        {
            _ = field.Kind switch
            {
                VaultFieldKind.Flag => Flag(field.Name).IsSupplied,
                VaultFieldKind.List => List(field.Name).IsSupplied,
                VaultFieldKind.Pairs => Pairs(field.Name).IsSupplied,
                VaultFieldKind.Values => Values(field.Name).IsSupplied,
                _ => TextOf(field.Name, _fields[field.Name]).Length > 0,
            };
        }
    }

    /// <param name="content">Any bytes.</param>
    /// <param name="contentType">Counts for forms alone.</param>
    /// <param name="declared">The fields of the route.</param>
    public static VaultBody Parse(byte[] content, string? contentType, VaultFields declared)
    {
        var body = new VaultBody(declared);
        // What editors of Windows put in front of a file is no part of its text.
        content = content.AsSpan().StartsWith("\uFEFF"u8) ? content[3..] : content;
        if (IsForm(content, contentType))
        {
            body.TakeForm(content);
        }
        else
        {
            body.TakeJson(content);
        }

        return body;
    }

    /// <summary>Whether the body or the path names the field, also with null or an empty value.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Whether the body or the path names the field, and not with null.</summary>
    public bool HasValue(string name) => _fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Text; a number or truth value as it would be written. Empty when absent or null.</summary>
    public string Text(string name) =>
        Take(name, VaultFieldKind.Text) is { } value ? TextOf(name, value) : "";

    public Field<bool> Flag(string name) => Take(name, VaultFieldKind.Flag) is { } value
        ? Field<bool>.Of(FieldReader.Flag(value) ?? Fail(name, "expected a boolean", fallback: false))
        : default;

    /// <summary>An array of texts, or one text split at its commas; items are trimmed. Null and <c>""</c> give an empty list.</summary>
    public Field<string[]> List(string name) => Take(name, VaultFieldKind.List) is { } value
        ? Field<string[]>.Of(FieldReader.List(value) ?? Fail<string[]>(name, "expected a list of strings, or one string with commas", []))
        : default;

    /// <summary>Whole seconds, or a text such as <c>90s</c>, <c>24h</c>, <c>1d</c>. Absent, null and <c>""</c> are zero.</summary>
    public int Seconds(string name)
    {
        var text = Take(name, VaultFieldKind.Seconds) is { } value ? TextOf(name, value) : "";
        return text.StartsWith('-') ? Fail(name, $"cannot provide negative value '{Shorten(text)}'", 0)
            : VaultDuration.TryParse(text, out var duration) ? (int)duration.TotalSeconds
            : Fail(name, "expected a duration", 0);
    }

    /// <summary>A whole number that is not negative. Absent, null and <c>""</c> are zero.</summary>
    public int Number(string name)
    {
        var text = Take(name, VaultFieldKind.Number) is { } value ? TextOf(name, value) : "";
        return text.Length == 0 ? 0
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number
            : Fail(name, "expected a whole number that is not negative", 0);
    }

    /// <summary>A time as it is written, for those who keep it so.</summary>
    public string SecondsText(string name) => Take(name, VaultFieldKind.Seconds) is { } value ? TextOf(name, value) : "";

    private string TextOf(string name, JsonElement value) => FieldReader.Text(value) ?? Fail(name, "expected a string", "");

    private static string Shorten(string text) => text.Length > 40 ? text[..40] : text;

    /// <summary>An object of texts, or <c>k=v</c> texts. Null gives null.</summary>
    public Field<IReadOnlyDictionary<string, string>> Pairs(string name) => Take(name, VaultFieldKind.Pairs) switch
    {
        null => default,
        { ValueKind: JsonValueKind.Null } => Field<IReadOnlyDictionary<string, string>>.Of(value: null),
        { } value =>
            Field<IReadOnlyDictionary<string, string>>.Of(
                FieldReader.Pairs(value) ?? Fail(name, "expected an object of strings, or key=value strings", new Dictionary<string, string>())),
    };

    /// <summary>Of each name a text, a number, a truth value, or a list of them, as it is written. Null gives none.</summary>
    public Field<IReadOnlyDictionary<string, JsonElement>> Values(string name)
    {
        if (Take(name, VaultFieldKind.Values) is not { } value)
        {
            return default;
        }

        var values = FieldReader.Values(value) ?? Fail(
            name, "expected an object of texts, numbers, truth values and lists of them", new Dictionary<string, JsonElement[]>());
        return Field<IReadOnlyDictionary<string, JsonElement>>.Of(
            values.Keys.ToDictionary(key => key, value.GetProperty, StringComparer.Ordinal));
    }

    private static bool IsForm(byte[] content, string? contentType) =>
        contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true
        && content.AsSpan().TrimStart(" \t\r\n"u8) is { IsEmpty: false } text
        && text[0] is not ((byte)'{' or (byte)'[' or (byte)'"')
        && !text.SequenceEqual("null"u8);

    private void TakeForm(byte[] content)
    {
        foreach (var (name, values) in QueryHelpers.ParseQuery(System.Text.Encoding.UTF8.GetString(content)))
        {
            _fields[name] = values.Count == 1
                ? JsonSerializer.SerializeToElement(values[0])
                : JsonSerializer.SerializeToElement(values.ToArray());
            RefuseNul(name, _fields[name]);
        }
    }

    private void TakeJson(byte[] content)
    {
        if (content.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return;
        }

        try
        {
            if (!Utf8.IsValid(content))
            {
                Error = Error.Malformed("failed to parse JSON input: the text is not UTF-8");
                return;
            }

            if (IsTooComplex(content))
            {
                Error = Error.Malformed($"refused JSON input due to high complexity: more than {MostTokens} names and values");
                return;
            }

            // One document for all fields, which lives as long as they do.
            var root = JsonElement.Parse(content, Strict);
            switch (root.ValueKind)
            {
                case JsonValueKind.Null:
                    return;
                case JsonValueKind.Object:
                    foreach (var member in root.EnumerateObject())
                    {
                        RefuseNul(member.Name, member.Value);
                        _fields[member.Name] = member.Value;
                    }

                    return;
                default:
                    Error = Error.Malformed("failed to parse JSON input: the body must be an object");
                    return;
            }
        }
        catch (JsonException exception)
        {
            Error = Error.Malformed(exception.LineNumber is { } line
                ? $"failed to parse JSON input: not valid JSON at line {line + 1}, byte {exception.BytePositionInLine + 1}"
                : "failed to parse JSON input: a member is there twice");
        }
        catch (InvalidOperationException)
        {
            // The reader's way of saying that an escape is half of a surrogate pair.
            Error = Error.Malformed("failed to parse JSON input: a string holds half of a surrogate pair");
        }
    }

    /// <summary>Counted before anything is made of them.</summary>
    private static bool IsTooComplex(byte[] content)
    {
        if (content.Length <= MostTokens)
        {
            return false;
        }

        var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = MostDepth });
        var tokens = 0;
        while (tokens <= MostTokens && reader.Read())
        {
            tokens++;
        }

        return tokens > MostTokens;
    }

    private void RefuseNul(string name, JsonElement value)
    {
        if (name.Contains('\0', StringComparison.Ordinal) || FieldReader.HoldsNul(value))
        {
            Fail(name, "a NUL character cannot be stored", fallback: 0);
        }
    }

    private JsonElement? Take(string name, VaultFieldKind kind)
    {
        _declared.Demand(name, kind);
        return _fields.TryGetValue(name, out var value) ? value : null;
    }

    private T Fail<T>(string name, string problem, T fallback)
    {
        Error ??= Error.Malformed($"Field validation failed: error converting input for field \"{name}\": {problem}");
        return fallback;
    }
}

/// <summary>What the caller's policies say about the fields of this request; a feature of the request.</summary>
internal interface IFieldRules
{
    /// <param name="fields">As the body names them.</param>
    /// <param name="declared">How the route reads them: what counts is the value that is read.</param>
    bool Allows(IReadOnlyDictionary<string, JsonElement> fields, VaultFields declared);
}
