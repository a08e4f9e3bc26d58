using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hoop.Shared;

namespace Hoop.Spiffe.Templates;

/// <summary>
/// A parsed <c>agent_template</c>: Go text/template (as of Go 1.19) over a struct with the two strings <c>.WorkloadIdentifier</c> and
/// <c>.SPIFFEID</c>. It never changes after parsing and keeps nothing between renderings, so any number of threads may render at once.
/// Beyond Go it has the limits of <see cref="TemplateLimits"/>, finds wrong fields when it is written, and lacks <c>call</c>,
/// complex numbers and hexadecimal floating-point numbers.
/// </summary>
internal sealed class AgentTemplate
{
    private readonly TemplateSet _set;

    private AgentTemplate(TemplateSet set) => _set = set;

    /// <summary>Parses a template when a mapping is written.</summary>
    /// <param name="error">What is wrong, and where.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out AgentTemplate? template, [NotNullWhen(false)] out TemplateError? error)
    {
        template = null;
        if (!TryEncode(text, out var source, out error))
        {
            return false;
        }

        var set = Parser.Parse(source, out error);
        if (set is not null)
        {
            error = FieldCheck.Check(set);
        }

        if (error is null)
        {
            template = new AgentTemplate(set!);
        }

        return error is null;
    }

    /// <summary>The agent name or id for one identity: the output without surrounding white space, which must satisfy <see cref="ResourceName"/>.</summary>
    /// <param name="error">For the log and for an administrator who asks why nothing matched; holds no part of the data.</param>
    public bool TryRender(string workloadIdentifier, string spiffeId, [NotNullWhen(true)] out string? name, [NotNullWhen(false)] out string? error)
    {
        name = null;
        if (!TryRenderRaw(workloadIdentifier, spiffeId, out var output, out error))
        {
            return false;
        }

        var trimmed = Encoding.UTF8.GetString(output).Trim();
        if (trimmed.Length == 0)
        {
            error = "the agent template rendered to nothing";
        }
        else if (Encoding.UTF8.GetByteCount(trimmed) > TemplateLimits.NameBytes)
        {
            error = $"the agent template rendered to more than {TemplateLimits.NameBytes} bytes";
        }
        else if (!ResourceName.IsValid(trimmed))
        {
            error = "the agent template rendered to something that is no agent name";
        }
        else
        {
            name = trimmed;
        }

        return error is null;
    }

    /// <summary>The bytes that Go would write. They need not be UTF-8: <c>slice</c> can cut a character.</summary>
    /// <param name="error">Line, column and reason.</param>
    /// <param name="clock">For tests of the time limit.</param>
    public bool TryRenderRaw(
        string workloadIdentifier,
        string spiffeId,
        [NotNullWhen(true)] out byte[]? output,
        [NotNullWhen(false)] out string? error,
        TimeProvider? clock = null)
    {
        var data = new DataValue(TextValue.From(workloadIdentifier), TextValue.From(spiffeId));
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
