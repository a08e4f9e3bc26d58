using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Hoop.GoTemplates;

/// <summary>
/// A parsed template: Go text/template (as of Go 1.19) over a struct of strings. It never changes after parsing and keeps nothing
/// between renderings, so any number of threads may render at once. Beyond Go it has the limits of <see cref="TemplateLimits"/>, finds
/// wrong fields when it is parsed, and lacks <c>call</c>, complex numbers and hexadecimal floating-point numbers.
/// </summary>
public sealed class GoTemplate
{
    private readonly TemplateSet _set;

    private GoTemplate(TemplateSet set) => _set = set;

    /// <summary>Bytes of the source.</summary>
    public int SourceLength => _set.Source.Length;

    /// <param name="text">The source, at most <see cref="TemplateLimits.SourceBytes"/> bytes of UTF-8.</param>
    /// <param name="fields">What the template may name.</param>
    /// <param name="error">What is wrong, and where.</param>
    public static bool TryParse(
        string text,
        TemplateFields fields,
        [NotNullWhen(true)] out GoTemplate? template,
        [NotNullWhen(false)] out TemplateError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(fields);
        template = null;
        if (!TryEncode(text, out var source, out error))
        {
            return false;
        }

        var set = Parser.Parse(source, fields, out error);
        if (set is not null)
        {
            error = FieldCheck.Check(set);
        }

        if (error is null)
        {
            template = new GoTemplate(set!);
        }

        return error is null;
    }

    /// <summary>The bytes that Go would write. They need not be UTF-8: <c>slice</c> can cut a character.</summary>
    /// <param name="values">One for each of the fields, in their order.</param>
    /// <param name="error">Line, column and reason; holds no part of the values.</param>
    /// <param name="clock">For tests of the time limit.</param>
    public bool TryRender(
        IReadOnlyList<string> values,
        [NotNullWhen(true)] out byte[]? output,
        [NotNullWhen(false)] out string? error,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != _set.Fields.Names.Count)
        {
            throw new ArgumentException($"{_set.Fields.Names.Count} values are needed, one for each field", nameof(values));
        }

        var data = new DataValue(_set.Fields, [.. values.Select(TextValue.From)]);
        output = Evaluator.Render(_set, data, clock ?? TimeProvider.System, out error);
        return output is not null;
    }

    /// <summary>Size, and text that UTF-8 and PostgreSQL can hold: no lone surrogate, no NUL.</summary>
    private static bool TryEncode(string text, [NotNullWhen(true)] out byte[]? source, [NotNullWhen(false)] out TemplateError? error)
    {
        source = null;
        error = null;
        if (text.Length > TemplateLimits.SourceBytes || Encoding.UTF8.GetByteCount(text) > TemplateLimits.SourceBytes)
        {
            error = new TemplateError(1, 1, $"the template is longer than {TemplateLimits.SourceBytes} bytes");
            return false;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var width) != OperationStatus.Done || rune.Value == 0)
            {
                var offset = Encoding.UTF8.GetByteCount(text.AsSpan(0, text.Length - rest.Length));
                error = TemplateError.At(bytes, offset, "the template holds a NUL or a lone surrogate");
                return false;
            }

            rest = rest[width..];
        }

        source = bytes;
        return true;
    }
}
