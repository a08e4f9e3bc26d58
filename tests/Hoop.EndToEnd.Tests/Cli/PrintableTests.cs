using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Cli.Output;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

[Description("CVE-2025-64494: what a server says cannot drive the terminal")]
public sealed class PrintableTests
{
    private static readonly JsonSerializerOptions AsItIs = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [TestCase("plain ü 名 \U0001F600", "plain ü 名 \U0001F600")]
    [TestCase("\u001b[2J", "\\u001b[2J")]
    [TestCase("a\r\nb\tc", "a\\u000d\\u000ab\\u0009c")]
    [TestCase("\u009b31m\u007f", "\\u009b31m\\u007f")]
    [TestCase("\u202etxt.exe\u2066", "\\u202etxt.exe\\u2066")]
    [TestCase("\u2028\u2029\u200b", "\\u2028\\u2029\\u200b")]
    [TestCase("tag \U000E0001", "tag \\udb40\\udc01")]
    [TestCase("\ue000\ufdd0", "\\ue000\\ufdd0")]
    [TestCase("\U0010FFFF", "\\udbff\\udfff")]
    public void A_line_spells_out_what_is_not_printed(string text, string printed)
    {
        Assert.That(Printable.Line(text), Is.EqualTo(printed));
    }

    [Test]
    public void A_block_keeps_lines_and_tabs_and_nothing_else()
    {
        Assert.That(Printable.Block("a\tb\r\n\u001b[31mc\r\n\r\n"), Is.EqualTo("a\tb\n\\u001b[31mc"));
    }

    [Test]
    public void Half_a_pair_is_spelled_out()
    {
        Assert.That(Printable.Line("a\ud83d" + "b"), Is.EqualTo("a\\ud83db"));
        Assert.That(Printable.Line("\ude00"), Is.EqualTo("\\ude00"));
    }

    [Test]
    public void No_code_point_passes_that_is_not_printed()
    {
        for (var code = 0; code <= 0x10FFFF; code++)
        {
            var text = code is >= 0xD800 and <= 0xDFFF ? ((char)code).ToString() : char.ConvertFromUtf32(code);
            var printed = Printable.Line(text);
            if (printed == text)
            {
                Assert.That(CharUnicodeInfo.GetUnicodeCategory(code), Is.Not.AnyOf(UnicodeCategory.Control, UnicodeCategory.Format,
                    UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator, UnicodeCategory.Surrogate,
                        UnicodeCategory.OtherNotAssigned), $"U+{code:X4}");
            }
            else
            {
                Assert.That(printed, Is.EqualTo(string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"))), $"U+{code:X4}");
            }
        }
    }

    [Test]
    public void A_part_of_a_line_is_cut()
    {
        Assert.That(Printable.Text(new string('a', 300)), Is.EqualTo(new string('a', 300)));
        Assert.That(Printable.Text(new string('a', 301)), Is.EqualTo(new string('a', 300) + "…"));
        Assert.That(Printable.Quoted(null), Is.EqualTo("\"\""));
    }

    [Test]
    public void Json_stays_the_same_json() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var json = JsonSerializer.Serialize(text.Get, AsItIs);

        Assert.That(JsonSerializer.Deserialize<string>(Printable.Json(json)), Is.EqualTo(JsonSerializer.Deserialize<string>(json)));
    }).QuickCheckThrowOnFailure();
}
