using FsCheck;
using FsCheck.Fluent;
using Hoop.Cli.Configuration;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

public sealed class FlatTomlTests
{
    [Test]
    public void Whatever_is_written_is_read_again() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        // A lone surrogate is no text in UTF-8, and a file of it cannot exist.
        if (!text.Get.EnumerateRunes().Any(rune => rune == System.Text.Rune.ReplacementChar))
        {
            Assert.That(FlatToml.Parse(FlatToml.Format([new("token", text.Get)]))["token"], Is.EqualTo(text.Get));
        }
    }).QuickCheckThrowOnFailure();

    [TestCase("a = 'C:\\x' # comment", "C:\\x")]
    [TestCase("  a=\"b\"  ", "b")]
    [TestCase("# first\r\n\r\na = true # last\r\n", "true")]
    [TestCase("a = \"\\u0041\\U0001F600\\t\\\"\\\\\"", "A\U0001F600\t\"\\")]
    [TestCase("a = ''", "")]
    public void Strings_and_booleans_are_read(string text, string value)
    {
        Assert.That(FlatToml.Parse(text)["a"], Is.EqualTo(value));
    }

    [TestCase("a", "line 1: expected key = \"value\"")]
    [TestCase("= 'b'", "line 1: expected key = \"value\"")]
    [TestCase("[section]", "line 1: expected key = \"value\"")]
    [TestCase("a.b = 'c'", "line 1: expected key = \"value\"")]
    [TestCase("\na =", "line 2: expected a string in quotes, true or false")]
    [TestCase("a = 1", "line 1: expected a string in quotes, true or false")]
    [TestCase("a = \"b", "line 1: the string has no end")]
    [TestCase("a = 'b", "line 1: the string has no end")]
    [TestCase("a = \"b\\", "line 1: unknown escape in the string")]
    [TestCase("a = \"\\x\"", "line 1: unknown escape in the string")]
    [TestCase("a = \"\\uD800\"", "line 1: unknown escape in the string")]
    [TestCase("a = 'b' c", "line 1: something follows the value")]
    [TestCase("a = 'b'\na = 'c'", "line 2: a is given twice")]
    public void Anything_else_is_refused_with_its_line(string text, string message)
    {
        Assert.That(() => FlatToml.Parse(text), Throws.TypeOf<FormatException>().With.Message.EqualTo(message));
    }
}
