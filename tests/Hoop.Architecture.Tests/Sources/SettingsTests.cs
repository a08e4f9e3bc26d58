using System.Text.RegularExpressions;
using Hoop.Host.Startup;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>
/// Sources, list and documents name the same settings: every name under HOOP_ that is read is known, so that none is reported as
/// mistyped; every known one is read; docs/configure.md has them all and no other; and no document speaks of one that is not there.
/// </summary>
public sealed partial class SettingsTests
{
    private static readonly string[] Read =
    [
        .. Product.Files("src", "*.cs").Where(file => !file.Path.EndsWith("/GatewaySettings.cs", StringComparison.Ordinal))
        .SelectMany(file => Name().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal),
    ];

    [Test]
    public void Every_setting_of_the_sources_is_known()
    {
        Assert.That(Read, Has.Length.GreaterThan(20));

        Assert.That(Read.Where(name => !GatewaySettings.Known.Contains(name)), Is.Empty);
    }

    [Test]
    public void Every_known_setting_is_read()
    {
        var read = Read.Concat(Read.Select(name => name + "_FILE")).ToHashSet(StringComparer.Ordinal);
        Assert.That(GatewaySettings.Known.Where(name => !read.Contains(name)), Is.Empty, "nothing reads it: take it out of the list");
    }

    [Test]
    public void The_document_of_settings_has_each_of_them_in_a_row_and_no_other()
    {
        var rows = Rows(File.ReadAllText(Path.Combine(Product.Root, "docs", "configure.md"))).ToHashSet(StringComparer.Ordinal);
        Assert.That(rows, Has.Count.GreaterThan(50));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                GatewaySettings.Known.Except(rows, StringComparer.Ordinal).Order(StringComparer.Ordinal), Is.Empty, "give it a row in docs/configure.md");
            Assert.That(
                rows.Except(GatewaySettings.Known, StringComparer.Ordinal).Order(StringComparer.Ordinal), Is.Empty, "docs/configure.md has what nothing reads");
        }
    }

    [Test]
    public void No_document_and_no_script_speaks_of_a_setting_that_is_not_there()
    {
        var mentioned = Texts().SelectMany(file => Mentions(file.Text).Select(name => (file.Path, Name: name))).ToArray();
        Assert.That(mentioned, Has.Length.GreaterThan(100));

        Assert.That(mentioned.Where(one => !GatewaySettings.Known.Contains(one.Name)).Distinct(), Is.Empty);
    }

    [TestCase("| `HOOP_A` | on | it |", "HOOP_A")]
    [TestCase("| `HOOP_A`, `HOOP_B_FILE` | they |", "HOOP_A HOOP_B_FILE")]
    [TestCase("| other | `HOOP_A` |", "")]
    [TestCase("set `HOOP_A`", "")]
    public void A_row_is_seen(string line, string names) => Assert.That(string.Join(' ', Rows(line)), Is.EqualTo(names));

    [TestCase("set HOOP_MEMRY=off", "HOOP_MEMRY")]
    [TestCase("the rest of HOOP_SPIFFE_* and HOOP_QUOTA_", "")]
    [TestCase("HOOP_TEST_DATABASE_URL points elsewhere", "")]
    public void A_name_is_seen(string text, string names) => Assert.That(string.Join(' ', Mentions(text)), Is.EqualTo(names));

    private static IEnumerable<SourceFile> Texts() =>
    [
        .. Product.Files("docs", "*.md").Where(file => !file.Path.StartsWith("docs/adr/", StringComparison.Ordinal)),
        .. Product.Files("deploy", "*"),
        .. Product.Files("scripts", "*.sh"),
        .. Product.Files("samples", "*.md"),
        .. new[] { "README.md", "SECURITY.md", "llms.txt", "run.sh", "publish.sh", "hoop" }
            .Select(file => new SourceFile(file, File.ReadAllText(Path.Combine(Product.Root, file)))),
    ];

    private static IEnumerable<string> Rows(string text) => text.Split('\n')
        .Select(line => Cell().Match(line)).Where(cell => cell.Success)
        .SelectMany(cell => Mention().Matches(cell.Value)).Select(match => match.Value);

    // Those of the tests are read by the tests alone.
    private static IEnumerable<string> Mentions(string text) => Mention().Matches(text).Select(match => match.Value)
        .Where(name => !name.StartsWith("HOOP_TEST_", StringComparison.Ordinal) && !name.StartsWith("HOOP_WRITE_", StringComparison.Ordinal));

    [GeneratedRegex("\"(HOOP_[A-Z_]+[A-Z])\"")]
    private static partial Regex Name();

    [GeneratedRegex("^\\| (`[A-Z_]+`(, )?)+ \\|")]
    private static partial Regex Cell();

    [GeneratedRegex("\\bHOOP_[A-Z_]*[A-Z](?![A-Z_*…])")]
    private static partial Regex Mention();
}
