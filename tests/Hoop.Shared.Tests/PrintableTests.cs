using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Shared.Text;
using NUnit.Framework;

namespace Hoop.Shared.Tests;

public sealed partial class PrintableTests
{
    [TestCase("plain text, with ~ and blanks", "plain text, with ~ and blanks")]
    [TestCase("", "")]
    [TestCase("héllo wörld 日本語 😀", "héllo wörld 日本語 😀")]
    [TestCase("a\nb\rc\td\0", @"a\u000ab\u000dc\u0009d\u0000")]
    [TestCase("\u001b[31m\u007f", @"\u001b[31m\u007f")]
    [TestCase("\u009b31m\u0085", @"\u009b31m\u0085")]
    [TestCase("\u2028\u2029\u202e\u2066\u200b\ufeff\u00ad", @"\u2028\u2029\u202e\u2066\u200b\ufeff\u00ad")]
    [TestCase("\U000E0001\U000E0041", @"\udb40\udc01\udb40\udc41")]
    [TestCase("\ue000", @"\ue000")]
    public void What_does_not_print_is_spelled_out(string text, string line) => Assert.That(Printable.Line(text), Is.EqualTo(line));

    [Test]
    public void Half_of_a_pair_is_spelled_out() => Assert.That(Printable.Line("a\ud800b\udc00"), Is.EqualTo(@"a\ud800b\udc00"));

    [TestCase("abcdef", 6, "abcdef")]
    [TestCase("abcdef", 5, "abcde…")]
    [TestCase("ab😀", 3, "ab…")]
    [TestCase("\n\n\n", 2, @"\u000a\u000a…")]
    public void Longer_than_allowed_is_cut_between_characters(string text, int maxLength, string line) =>
        Assert.That(Printable.Line(text, maxLength), Is.EqualTo(line));

    [Test]
    public void Every_control_character_is_spelled_out()
    {
        for (var code = 0; code <= 0x9f; code++)
        {
            var text = ((char)code).ToString();
            Assert.That(Printable.Line(text), Is.EqualTo(code is < ' ' or >= 0x7f ? $"\\u{code:x4}" : text));
        }
    }

    [Test]
    public void Whatever_the_text_its_line_prints_and_is_one_line() => Prop.ForAll<string>(text =>
    {
        var line = Printable.Line(text ?? "");
        return line.EnumerateRunes().All(Printable.IsPrintable) && !Breaks().IsMatch(line) && Printable.Line(line) == line;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void No_code_point_passes_that_does_not_print()
    {
        for (var code = 0; code <= 0x10FFFF; code++)
        {
            var text = code is >= 0xD800 and <= 0xDFFF ? ((char)code).ToString() : char.ConvertFromUtf32(code);
            var line = Printable.Line(text);

            Assert.That(Printable.Is(text), Is.EqualTo(line == text));
            Assert.That(line, Is.EqualTo(Prints(code) ? text : string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"))), $"U+{code:X4}");
        }
    }

    [Test]
    public void A_word_has_64_characters()
    {
        Assert.That(Printable.Word(new string('a', 64)), Is.EqualTo(new string('a', 64)));
        Assert.That(Printable.Word(new string('a', 65)), Is.EqualTo(new string('a', 64) + "…"));
        Assert.That(Printable.Word(null), Is.Empty);
        Assert.That(Printable.Word("a\nb"), Is.EqualTo(@"a\u000ab"));
    }

    private static bool Prints(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    [Test]
    public void A_blank_and_all_of_printable_ASCII_print_as_themselves()
    {
        var ascii = string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code));
        Assert.That(Printable.Line(ascii), Is.SameAs(ascii));
        Assert.That(Printable.IsPrintable(new Rune(' ')));
    }

    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Breaks();
}
