using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Hoop.GoTemplates.Tests;

internal sealed class TemplatePropertyTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(5_000);

    [Test]
    public void Any_text_is_parsed_or_refused_inside_its_bounds_and_never_throws() =>
        Prop.ForAll(HostileTemplate(), text =>
        {
            if (Sample.TryParse(text, out var template, out var error))
            {
                return error is null && template is not null;
            }

            var lines = text.Split('\n');
            return template is null
                && error.Line >= 1 && error.Line <= lines.Length
                && error.Column >= 1 && error.Column <= lines[error.Line - 1].Length + 1
                && error.Message.Length > 0;
        }).Check(Many);

    [Test]
    public void Any_template_renders_inside_the_limit_or_fails_with_a_reason_and_never_throws() =>
        Prop.ForAll(HostileTemplate(), HostileText(), (text, workload) =>
        {
            if (!Sample.TryParse(text, out var template, out _))
            {
                return true;
            }

            return template.TryRender([workload, "spiffe://example.org/" + workload], out var output, out var error)
                ? output.Length <= TemplateLimits.TextBytes && error is null
                : output is null && !string.IsNullOrEmpty(error);
        }).Check(Many);

    [Test]
    public void Text_without_an_action_renders_to_itself() =>
        Prop.ForAll(HostileText(), text =>
        {
            var literal = text.Replace("{{", "{ ", StringComparison.Ordinal);
            return Sample.TryParse(literal, out var template, out _)
                && template.TryRender(["w", "s"], out var output, out _)
                && output.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(literal));
        }).Check(Many);

    [Test]
    public void Data_is_never_read_as_a_template() =>
        Prop.ForAll(HostileTemplate(), text =>
            Sample.TryParse("{{.WorkloadIdentifier}}", out var template, out _)
            && template.TryRender([text, "s"], out var output, out _)
            && output.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text)))
        .Check(Many);

    [Test]
    public void Rendering_depends_on_the_template_and_the_data_alone() =>
        Prop.ForAll(HostileTemplate(), HostileText(), (text, workload) =>
        {
            if (!Sample.TryParse(text, out var once, out _) || !Sample.TryParse(text, out var again, out _))
            {
                return true;
            }

            var first = Outcome(once, workload);
            Outcome(once, "other");
            return Outcome(once, workload) == first && Outcome(again, workload) == first;
        }).Check(Many);

    /// <summary>CVE-2026-48708 is an OliveTin fault in which the template of one request was executed by another.</summary>
    [Test]
    public void CVE_2026_48708_threads_that_share_templates_never_see_each_others_data()
    {
        (string Source, Func<string, string, string> Oracle)[] cases =
        [
            ("agent-{{.WorkloadIdentifier}}", (workload, _) => "agent-" + workload),
            ("{{$x := .SPIFFEID}}{{with .WorkloadIdentifier}}{{.}}|{{$x}}|{{len .}}{{end}}",
                (workload, id) => $"{workload}|{id}|{workload.Length}"),
            ("{{define \"n\"}}{{$x := .}}<{{$x}}>{{end}}{{template \"n\" .WorkloadIdentifier}}{{template \"n\" .SPIFFEID}}",
                (workload, id) => $"<{workload}><{id}>"),
            ("{{printf \"%q %-9s %x\" .WorkloadIdentifier .WorkloadIdentifier .SPIFFEID}}", (workload, id) =>
                $"\"{workload}\" {workload.PadRight(9)} {Convert.ToHexStringLower(Encoding.UTF8.GetBytes(id))}"),
        ];
        var shared = cases.Select(@case => (Template: Sample.Parsed(@case.Source), @case.Oracle)).ToArray();
        var wrong = 0;
        Parallel.For(0, 40_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            var (template, oracle) = shared[i % shared.Length];
            var (workload, id) = ($"web-{i}", $"spiffe://example.org/agent/web-{i}");
            if (!template.TryRender([workload, id], out var output, out _) || Encoding.UTF8.GetString(output) != oracle(workload, id))
            {
                Interlocked.Increment(ref wrong);
            }
        });
        Assert.That(wrong, Is.Zero);
    }

    private static (string?, string?) Outcome(GoTemplate template, string workload)
    {
        template.TryRender([workload, "spiffe://example.org/" + workload], out var output, out var error);
        return (output is null ? null : Convert.ToBase64String(output), error);
    }

    private static Arbitrary<string> HostileText() =>
        Gen.Elements("a", "web", "-", ".", "/", " ", "\n", "{", "}", "{{", "}}", "%", "\"", "é", "😀", "<", "&", "1", "_")
            .ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary();

    /// <summary>Whole actions, broken ones and loose tokens in random order: near enough to the grammar to reach every rule.</summary>
    private static Arbitrary<string> HostileTemplate() =>
        Gen.OneOf(Pieces(Actions), Pieces(Tokens), Pieces([.. Actions, .. Tokens])).ToArbitrary();

    private static Gen<string> Pieces(string[] pieces) => Gen.Elements(pieces).ListOf().Select(chosen => string.Concat(chosen));

    private static readonly string[] Actions =
    [
        "web-", "{{.WorkloadIdentifier}}", "{{- .SPIFFEID -}}", "{{if .WorkloadIdentifier}}", "{{else}}", "{{end}}",
            "{{with $x := .SPIFFEID}}", "{{$x}}",
        "{{$y := 1}}", "{{$y = .}}", "{{$y.SPIFFEID}}", "{{range .}}", "{{break}}", "{{define \"a\"}}", "{{template \"a\" .}}",
            "{{block \"b\" 1}}",
        "{{printf \"%5.2q|%d|%v\" .WorkloadIdentifier 3 .}}", "{{slice .SPIFFEID 1 3}}", "{{index .WorkloadIdentifier 0}}",
            "{{len .SPIFFEID}}",
        "{{eq .WorkloadIdentifier \"web\" | not}}", "{{/* note */}}", "{{printf \"%.40e\" 1e-300}}", "{{js .}}{{html .}}{{urlquery .}}",
    ];

    private static readonly string[] Tokens =
    [
        "{{", "}}", "{{- ", " -}}", " ", "\n", "(", ")", "|", ",", ":=", "=", ".", "$", "$x", "\"", "`", "'", "\\", "/*", "*/", "-", "1",
            "0x", "1e9", "'a'", "\"s\"",
        "nil", "true", "print", "printf", "call", "if", "else", "end", "with", "range", "define", "template", "block", ".SPIFFEID",
            ".Nope", "é", "\0", "\uD800", "😀",
    ];
}
