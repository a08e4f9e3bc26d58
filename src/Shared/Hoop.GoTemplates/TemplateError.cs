namespace Hoop.GoTemplates;

/// <summary>Why a template was refused when it was written.</summary>
/// <param name="Line">Counts from 1, and is the line that Go's text/template reports.</param>
/// <param name="Column">Counts characters (Unicode code points) from 1.</param>
/// <param name="Message">For the person who wrote the template.</param>
public sealed record TemplateError(int Line, int Column, string Message)
{
    /// <summary>Where a byte of the source stands, for people.</summary>
    internal static TemplateError At(ReadOnlySpan<byte> source, int offset, string message)
    {
        var before = source[..offset];
        var line = before.Count((byte)'\n') + 1;
        var characters = 0;
        foreach (var b in before[(before.LastIndexOf((byte)'\n') + 1)..])
        {
            if ((b & 0xC0) != 0x80) // every byte but the continuation bytes of UTF-8
            {
                characters++;
            }
        }

        return new TemplateError(line, characters + 1, message);
    }

    public override string ToString() => $"line {Line}, column {Column}: {Message}";
}
