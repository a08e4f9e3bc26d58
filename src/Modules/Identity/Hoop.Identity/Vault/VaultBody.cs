using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Vault;

/// <summary>
/// The fields of a Vault request: the body, whatever its Content-Type says, and the captured parts of the path, which win. Absent,
/// <c>null</c> and <c>{}</c> all mean "no fields". Fields are read with Vault's coercions; the first one that does not fit becomes
/// <see cref="Error"/>.
/// </summary>
internal sealed class VaultBody
{
    /// <summary>Why a field that holds one is refused: the database cannot hold it.</summary>
    public const string Nul = "a NUL character cannot be stored";

    private readonly Dictionary<string, VaultValue> _fields = new(StringComparer.Ordinal);
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
        var declared = context.GetEndpoint()?.Metadata.GetMetadata<VaultFields>() ?? throw new InvalidOperationException(
            "A route that reads a Vault body declares its fields.");
        var bytes = await BodyBytes.Read(context.Request.BodyReader, context.RequestAborted);
        context.Response.RegisterForDispose(bytes);
        var body = Parse(bytes.All, context.Request.ContentType, declared);
        // Set for a token whose policies say what the fields may be.
        if (context.Features.Get<IFieldRules>() is { } rules && !rules.Allows(body._fields, declared))
        {
            body.Error ??= Error.Denied("1 error occurred:\n\t* permission denied\n\n");
        }

        foreach (var (name, value) in context.Request.RouteValues)
        {
            if (!body._fields.TryAdd(name, VaultValue.Of(value as string)))
            {
                body._fields[name] = VaultValue.Of(value as string);
                body._replaced.Add(name);
            }
        }

        body.Check();
        return body;
    }

    public static Error Unfit(string name, string problem) =>
        Error.Malformed($"Field validation failed: error converting input for field \"{name}\": {problem}");

    /// <summary>Each declared field that is there, also one that its slice does not read in every case.</summary>
    private void Check()
    {
        foreach (var field in _declared.All)
        {
            if (_fields.TryGetValue(field.Name, out var value) && !FieldReader.Fits(field.Kind, value))
            {
                Fail(field.Name, Expected(field.Kind), fallback: 0);
            }
        }
    }

    /// <param name="content">Any bytes.</param>
    /// <param name="contentType">Counts for forms alone.</param>
    /// <param name="declared">The fields of the route.</param>
    public static VaultBody Parse(ReadOnlySequence<byte> content, string? contentType, VaultFields declared)
    {
        var body = new VaultBody(declared);
        content = WithoutByteOrderMark(content);
        body.Error = FormBody.Is(content, contentType)
            ? FormBody.Read(content, body._fields)
            : StrictObject.Read(content, body._fields);
        if (body.Error is not null)
        {
            body._fields.Clear();
        }

        return body;
    }

    /// <summary>Whether the body or the path names the field, also with null or an empty value.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Whether the body or the path names the field, and not with null.</summary>
    public bool HasValue(string name) => _fields.TryGetValue(name, out var value) && value.Kind != JsonValueKind.Null;

    /// <summary>Text; a number or truth value as it would be written. Empty when absent or null.</summary>
    public string Text(string name) =>
        Take(name, VaultFieldKind.Text) is { } value ? TextOf(name, value) : "";

    public Field<bool> Flag(string name) => Take(name, VaultFieldKind.Flag) is { } value
        ? Field<bool>.Of(FieldReader.Flag(value) ?? Fail(name, Expected(VaultFieldKind.Flag), fallback: false))
        : default;

    /// <summary>An array of texts, or one text split at its commas; items are trimmed. Null and <c>""</c> give an empty list.</summary>
    public Field<string[]> List(string name) => Take(name, VaultFieldKind.List) is { } value
        ? Field<string[]>.Of(FieldReader.List(value) ?? Fail<string[]>(name, Expected(VaultFieldKind.List), []))
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

    private string TextOf(string name, VaultValue value) => FieldReader.Text(value) ?? Fail(name, Expected(VaultFieldKind.Text), "");

    private static string Shorten(string text) => text.Length > 40 ? text[..40] : text;

    /// <summary>An object of texts, or <c>k=v</c> texts. Null gives null.</summary>
    public Field<IReadOnlyDictionary<string, string>> Pairs(string name) => Take(name, VaultFieldKind.Pairs) switch
    {
        null => default,
        { Kind: JsonValueKind.Null } => Field<IReadOnlyDictionary<string, string>>.Of(value: null),
        { } value => Field<IReadOnlyDictionary<string, string>>.Of(
            FieldReader.Pairs(value) ?? Fail(name, Expected(VaultFieldKind.Pairs), new Dictionary<string, string>())),
    };

    /// <summary>Of each name a text, a number, a truth value, or a list of them, as it is written. Null gives none.</summary>
    public Field<IReadOnlyDictionary<string, JsonElement>> Values(string name)
    {
        if (Take(name, VaultFieldKind.Values) is not { } value)
        {
            return default;
        }

        var values = FieldReader.Values(value) ?? Fail(name, Expected(VaultFieldKind.Values), new Dictionary<string, VaultValue>());
        return Field<IReadOnlyDictionary<string, JsonElement>>.Of(
            values.ToDictionary(pair => pair.Key, pair => pair.Value.ToElement(), StringComparer.Ordinal));
    }

    private static string Expected(VaultFieldKind kind) => kind switch
    {
        VaultFieldKind.Flag => "expected a boolean",
        VaultFieldKind.List => "expected a list of strings, or one string with commas",
        VaultFieldKind.Pairs => "expected an object of strings, or key=value strings",
        VaultFieldKind.Values => "expected an object of texts, numbers, truth values and lists of them",
        _ => "expected a string",
    };

    // What editors of Windows put in front of a file is no part of its text.
    private static ReadOnlySequence<byte> WithoutByteOrderMark(ReadOnlySequence<byte> content)
    {
        var reader = new SequenceReader<byte>(content);
        return reader.IsNext("\uFEFF"u8, advancePast: true) ? reader.UnreadSequence : content;
    }

    private VaultValue? Take(string name, VaultFieldKind kind)
    {
        _declared.Demand(name, kind);
        return _fields.TryGetValue(name, out var value) ? value : null;
    }

    private T Fail<T>(string name, string problem, T fallback)
    {
        Error ??= Unfit(name, problem);
        return fallback;
    }
}

/// <summary>What the caller's policies say about the fields of this request; a feature of the request.</summary>
internal interface IFieldRules
{
    /// <param name="fields">As the body names them.</param>
    /// <param name="declared">How the route reads them: what counts is the value that is read.</param>
    bool Allows(IReadOnlyDictionary<string, VaultValue> fields, VaultFields declared);
}
