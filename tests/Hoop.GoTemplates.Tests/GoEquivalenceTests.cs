using System.Text;
using NUnit.Framework;

namespace Hoop.GoTemplates.Tests;

/// <summary>Compares with the table that the real Go implementation wrote, see <see cref="GoldenRow"/>.</summary>
internal sealed class GoEquivalenceTests
{
    [Test]
    public void The_table_holds_every_kind_of_row()
    {
        Assert.Multiple(() =>
        {
            Assert.That(GoldenRow.All, Has.Count.GreaterThan(1000));
            Assert.That(GoldenRow.All.Count(row => row.Bytes is not null), Is.GreaterThan(500));
            Assert.That(GoldenRow.All.Count(row => row.OutputBase64 is not null), Is.GreaterThan(10));
            Assert.That(GoldenRow.All.Count(row => row.ParseErrorLine is not null), Is.GreaterThan(100));
            Assert.That(GoldenRow.All.Count(row => row.RenderError), Is.GreaterThan(100));
            Assert.That(GoldenRow.All.Count(row => row.Differs is not null), Is.InRange(30, 100));
        });
    }

    [Test]
    public void Whatever_Go_renders_renders_to_the_same_bytes() =>
        AssertNoDifferences(row => row.Bytes is not null && row.Differs is null, (row, outcome) =>
            outcome.Output is not null && outcome.Output.AsSpan().SequenceEqual(row.Bytes)
                ? null
                : $"Go {Show(row.Bytes!)}, here {outcome}");

    [Test]
    public void Whatever_Go_refuses_to_parse_is_refused_when_written_on_the_same_line() =>
        AssertNoDifferences(row => row.ParseErrorLine is not null && row.Differs is null, (row, outcome) =>
            outcome.ParseError?.Line == row.ParseErrorLine ? null : $"Go line {row.ParseErrorLine}, here {outcome}");

    [Test]
    public void Whatever_Go_fails_to_render_parses_and_fails_to_render() =>
        AssertNoDifferences(row => row.RenderError && row.Differs is null, (_, outcome) =>
            outcome.RenderError is not null ? null : $"Go fails, here {outcome}");

    [Test]
    public void Where_Hoop_departs_from_Go_on_purpose_it_refuses_as_the_row_says() =>
        AssertNoDifferences(row => row.Differs is not null, (row, outcome) => row.Differs!.Ours switch
        {
            "refused_when_written" => outcome.ParseError is not null,
            "refused_when_rendered" => outcome.RenderError is not null,
            _ => false,
        }
            ? null
            : $"expected {row.Differs.Ours} ({row.Differs.Reason}), here {outcome}");

    private static void AssertNoDifferences(Func<GoldenRow, bool> rows, Func<GoldenRow, Outcome, string?> difference)
    {
        var differences = GoldenRow.All.Where(rows)
            .Select(row => (row.Template, Difference: difference(row, Outcome.Of(row))))
            .Where(result => result.Difference is not null)
            .Select(result => $"{Show(Encoding.UTF8.GetBytes(result.Template))}: {result.Difference}");
        Assert.That(differences, Is.Empty);
    }

    private static string Show(byte[] bytes) => Quoting.Quoted(bytes.AsSpan(0, Math.Min(bytes.Length, 300)));

    private sealed record Outcome(byte[]? Output, TemplateError? ParseError, string? RenderError)
    {
        public static Outcome Of(GoldenRow row)
        {
            if (!Sample.TryParse(row.Template, out var template, out var parseError))
            {
                return new Outcome(null, parseError, null);
            }

            template.TryRender([row.Workload, row.Spiffe], out var output, out var renderError);
            return new Outcome(output, null, renderError);
        }

        public override string ToString() => ParseError?.ToString() ?? RenderError ?? Show(Output!);
    }
}
