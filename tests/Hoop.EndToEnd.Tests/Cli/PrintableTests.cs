using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Cli.Output;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

[Description("CVE-2025-64494: what a server says cannot drive the terminal")]
public sealed class PrintableTests
{
    private static readonly JsonSerializerOptions AsItIs = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [TestCase("plain ü 名 \U0001F600", "plain ü 名 \U0001F600")]
    [TestCase("\u001b[2J", "\\u001b[2J")]
    [TestCase("a\r\nb\tc", "a\\u000d\\u000ab\\u0009c")]
    [TestCase("\u009b31m\u007f", "\\u009b31m\\u007f")]
    [TestCase("\u202etxt.exe\u2066", "\\u202etxt.exe\\u2066")]
    [TestCase("\u2028\u2029\u200b", "\\u2028\\u2029\\u200b")]
    [TestCase("tag \U000E0001", "tag \\udb40\\udc01")]
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
    public void Json_stays_the_same_json() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var json = JsonSerializer.Serialize(text.Get, AsItIs);

        Assert.That(JsonSerializer.Deserialize<string>(Printable.Json(json)), Is.EqualTo(JsonSerializer.Deserialize<string>(json)));
    }).QuickCheckThrowOnFailure();
}
