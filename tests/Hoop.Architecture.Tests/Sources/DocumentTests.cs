using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>What the documents point to is there: pages, headings, tests. And whoever looks for a page finds it in the index.</summary>
public sealed partial class DocumentTests
{
    private static readonly SourceFile[] Pages =
    [
        .. Product.Files("docs", "*.md"),
        .. Product.Files("samples", "*.md"),
        .. new[] { "README.md", "CONTRIBUTING.md", "SECURITY.md", "llms.txt" }
            .Select(file => new SourceFile(file, File.ReadAllText(Path.Combine(Product.Root, file)))),
    ];

    [Test]
    public void Every_link_leads_to_a_page_and_to_a_heading_of_it()
    {
        Assert.That(Pages.SelectMany(page => Link().Matches(page.Text)).Count(), Is.GreaterThan(100));

        Assert.That(Pages.SelectMany(Broken), Is.Empty);
    }

    [Test]
    public void Every_page_stands_in_the_index()
    {
        var index = Pages.Single(page => page.Path == "llms.txt").Text;
        Assert.That(
            Pages.Where(page => Path.GetDirectoryName(page.Path) == "docs").Select(page => page.Path)
                .Where(path => !index.Contains($"({path})", StringComparison.Ordinal)),
            Is.Empty,
            "give it a line in llms.txt");
    }

    [Test]
    public void Every_test_that_a_document_names_is_there()
    {
        var tests = Product.Files("tests", "*.cs").Select(file => Path.GetFileNameWithoutExtension(file.Path))
            .ToHashSet(StringComparer.Ordinal);
        var named = Pages.Where(page => page.Path.StartsWith("docs/", StringComparison.Ordinal))
            .SelectMany(page => Test().Matches(page.Text).Select(match => (page.Path, Name: match.Value))).Distinct().ToArray();
        Assert.That(named, Has.Length.GreaterThan(20));

        Assert.That(named.Where(one => !tests.Contains(one.Name)), Is.Empty);
    }

    [Test]
    public void Every_row_of_the_specifications_has_a_proof_that_is_there()
    {
        var rows = File.ReadAllLines(Path.Combine(Product.Root, "docs", "specifications.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| text |", StringComparison.Ordinal))
            .ToArray();
        Assert.That(rows, Has.Length.GreaterThan(30));

        using (Assert.EnterMultipleScope())
        {
            foreach (var row in rows.Where(row => !row.Contains("not supported", StringComparison.Ordinal)))
            {
                var proofs = Proof().Matches(row.Split(" | ")[^1]).Select(match => match.Groups["path"].Value).ToArray();
                Assert.That(proofs, Is.Not.Empty, row);
                Assert.That(proofs.Where(proof => !Path.Exists(Path.Combine(Product.Root, "tests", proof))), Is.Empty, row);
            }
        }
    }

    [TestCase("see [it](nowhere.md)", 1)]
    [TestCase("see [it](operations.md#no-such-heading)", 1)]
    [TestCase("see [it](operations.md#logs) and [that](../README.md)", 0)]
    [TestCase("see [it](https://example.org/x.md)", 0)]
    public void A_link_that_leads_nowhere_is_found(string text, int broken) =>
        Assert.That(Broken(new SourceFile("docs/made-up.md", text)).Count(), Is.EqualTo(broken));

    private static IEnumerable<string> Broken(SourceFile page)
    {
        foreach (var link in Link().Matches(page.Text).Cast<Match>())
        {
            var (path, heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
            var target = path.Length == 0 ? page.Path : Path.Combine(Path.GetDirectoryName(page.Path)!, path);
            var file = Path.GetFullPath(Path.Combine(Product.Root, target));
            if (!Path.Exists(file))
            {
                yield return $"{page.Path}: {link.Value} is not there";
            }
            else if (heading.Length > 0 && !Headings(path.Length == 0 ? page.Text : File.ReadAllText(file)).Contains(heading))
            {
                yield return $"{page.Path}: {link.Value} has no such heading";
            }
        }
    }

    /// <summary>As the usual renderers of Markdown name them.</summary>
    private static HashSet<string> Headings(string text) => text.Split('\n')
        .Where(line => line.StartsWith('#'))
        .Select(line => line.TrimStart('#').Trim().ToLowerInvariant())
        .Select(line => string.Concat(line.EnumerateRunes()
            .Where(rune => Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '-' or '_')
            .Select(rune => rune.Value == ' ' ? "-" : rune.ToString())))
        .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"\]\((?<path>[^)#:\s]*)(#(?<heading>[^)\s]+))?\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex(@"\b[A-Z]\w+Tests\b(?!/|\.)", RegexOptions.ExplicitCapture)]
    private static partial Regex Test();

    [GeneratedRegex(@"`(?<path>(tests/)?Hoop\.[^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Proof();
}
