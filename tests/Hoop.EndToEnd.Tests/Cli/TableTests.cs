using Hoop.Cli.Output;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Columns where they fit, blocks where they do not.</summary>
public sealed class TableTests
{
    [Test]
    public void Columns_are_as_wide_as_their_widest_cell_and_no_row_ends_with_blanks()
    {
        Assert.That(Two().Lines(columns: null), Is.EqualTo(new[]
        {
            "ID    NAME      GROUPS",
            "1     web       -",
            "2     \U0001F600-agent   a, b",
        }));
    }

    [TestCase(20)]
    [TestCase(80)]
    public void A_terminal_that_is_wide_enough_gets_columns(int columns) =>
        Assert.That(Two().Lines(columns), Is.EqualTo(Two().Lines(null)));

    [TestCase(19)]
    public void A_narrow_terminal_gets_blocks(int columns)
    {
        Assert.That(Two().Lines(columns), Is.EqualTo(new[]
        {
            "ID       1",
            "NAME     web",
            "GROUPS   -",
            "",
            "ID       2",
            "NAME     \U0001F600-agent",
            "GROUPS   a, b",
        }));
    }

    [Test]
    public void A_cell_cannot_leave_its_row()
    {
        var table = new Table("NAME");
        table.Add("a\nb\u001b[2J");

        Assert.That(table.Lines(null).Last(), Is.EqualTo("a\\u000ab\\u001b[2J"));
    }

    [TestCase("one two three", 7, "one two|three")]
    [TestCase("one two three", 100, "one two three")]
    [TestCase("averylongword x", 5, "averylongword|x")]
    [TestCase("", 5, "")]
    public void Words_are_wrapped_and_never_broken(string text, int width, string lines) =>
        Assert.That(string.Join('|', Terminal.Wrap(text, width)), Is.EqualTo(lines));

    private static Table Two()
    {
        var table = new Table("ID", "NAME", "GROUPS");
        table.Add("1", "web", null);
        table.Add("2", "\U0001F600-agent", "a, b");
        return table;
    }
}
