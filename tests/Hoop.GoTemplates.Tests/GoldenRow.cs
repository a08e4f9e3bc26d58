using System.Text;
using System.Text.Json;

namespace Hoop.GoTemplates.Tests;

/// <summary>
/// One line of golden.jsonl: a template, the two strings of its data, and what the real Go implementation made of them.
/// Produced with Go 1.19.8, package text/template: <c>template.New("agent_template").Parse(template)</c>, then
/// <c>Execute(&amp;buffer, spiffe.TemplateData{workload, spiffe})</c>, where <c>TemplateData</c> is a struct of the two string fields
/// WorkloadIdentifier and SPIFFEID, in this order, in a package <c>spiffe</c>; no functions and no options were added.
/// A row carries exactly one of: <c>output</c>, <c>output_base64</c> when it is not UTF-8, <c>output_length</c> when it is longer than 4096
/// bytes, <c>parse_error_line</c>, or <c>render_error</c>; Go's own message stands in <c>go_error</c> for the reader.
/// <c>differs</c> marks the rows where Hoop departs from Go on purpose, with the reason.
/// </summary>
internal sealed record GoldenRow(
    string Template,
    string Workload,
    string Spiffe,
    string? Output,
    string? OutputBase64,
    int? OutputLength,
    int? ParseErrorLine,
    bool RenderError,
    Difference? Differs)
{
    public static readonly IReadOnlyList<GoldenRow> All = [.. Read()];

    public byte[]? Bytes =>
        OutputBase64 is not null ? Convert.FromBase64String(OutputBase64) : Output is null ? null : Encoding.UTF8.GetBytes(Output);

    private static IEnumerable<GoldenRow> Read()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        using var reader = new StreamReader(typeof(GoldenRow).Assembly.GetManifestResourceStream("golden.jsonl")!);
        while (reader.ReadLine() is { } line)
        {
            yield return JsonSerializer.Deserialize<GoldenRow>(line, options)!;
        }
    }
}

/// <param name="Ours"><c>refused_when_written</c> or <c>refused_when_rendered</c>.</param>
internal sealed record Difference(string Reason, string Ours);
