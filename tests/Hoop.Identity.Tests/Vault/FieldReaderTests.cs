using System.Text.Json;
using Hoop.Identity.Vault;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

/// <summary>Vault's coercions, kind by kind: what each JSON value is read as, or that it does not fit.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FieldReaderTests
{
    [TestCase("\"a\"", "a")]
    [TestCase("\"\"", "")]
    [TestCase("\" a \"", " a ", Description = "a text is kept as it is")]
    [TestCase("\"\\u00e4\"", "ä")]
    [TestCase("1", "1")]
    [TestCase("-0", "-0")]
    [TestCase("1.50", "1.50", Description = "a number keeps its digits")]
    [TestCase("1e3", "1e3")]
    [TestCase("123456789012345678901234567890", "123456789012345678901234567890")]
    [TestCase("true", "1")]
    [TestCase("false", "0")]
    [TestCase("null", "")]
    [TestCase("[]", null)]
    [TestCase("[\"a\"]", null)]
    [TestCase("{}", null)]
    public void A_text(string json, string? expected) =>
        Assert.That(FieldReader.Text(VaultValue.Of(JsonElement.Parse(json))), Is.EqualTo(expected));

    [TestCase("true", true)]
    [TestCase("false", false)]
    [TestCase("1", true)]
    [TestCase("0", false)]
    [TestCase("\"1\"", true)]
    [TestCase("\"0\"", false)]
    [TestCase("\"t\"", true)]
    [TestCase("\"f\"", false)]
    [TestCase("\"T\"", true)]
    [TestCase("\"F\"", false)]
    [TestCase("\"true\"", true)]
    [TestCase("\"false\"", false)]
    [TestCase("\"True\"", true)]
    [TestCase("\"False\"", false)]
    [TestCase("\"TRUE\"", true)]
    [TestCase("\"FALSE\"", false)]
    [TestCase("null", false)]
    [TestCase("\"\"", false)]
    [TestCase("\"tRUE\"", null)]
    [TestCase("\"yes\"", null)]
    [TestCase("\"on\"", null)]
    [TestCase("\" true\"", null)]
    [TestCase("2", null)]
    [TestCase("1.0", null)]
    [TestCase("-1", null)]
    [TestCase("[true]", null)]
    [TestCase("{}", null)]
    public void A_truth_value(string json, bool? expected) =>
        Assert.That(FieldReader.Flag(VaultValue.Of(JsonElement.Parse(json))), Is.EqualTo(expected));

    [TestCase("[]", "")]
    [TestCase("[\"a\"]", "a")]
    [TestCase("[\"a\", \"b\"]", "a|b")]
    [TestCase("[\" a \", \"b\\t\"]", "a|b", Description = "items are trimmed")]
    [TestCase("[\"a,b\"]", "a|b", Description = "one text of several")]
    [TestCase("[\"a,b\", \"c\"]", "a,b|c", Description = "several texts are not split")]
    [TestCase("\"a,b\"", "a|b")]
    [TestCase("\"a, b ,c\"", "a|b|c")]
    [TestCase("\"a\"", "a")]
    [TestCase("\"a,\"", "a|")]
    [TestCase("\"\"", "")]
    [TestCase("null", "")]
    [TestCase("5", "5")]
    [TestCase("[1, true, null]", "1|1|")]
    [TestCase("[[]]", null)]
    [TestCase("[{}]", null)]
    [TestCase("[\"a\", [\"b\"]]", null)]
    [TestCase("{}", null)]
    [TestCase("{\"a\": \"b\"}", null)]
    public void A_list(string json, string? expected)
    {
        var list = FieldReader.List(VaultValue.Of(JsonElement.Parse(json)));
        Assert.That(list is null ? null : string.Join('|', list), Is.EqualTo(expected));
    }

    [TestCase("{}", "")]
    [TestCase("{\"a\": \"b\"}", "a=b")]
    [TestCase("{\"a\": 1, \"b\": true, \"c\": null}", "a=1|b=1|c=")]
    [TestCase("{\"\": \"b\"}", "=b")]
    [TestCase("{\"a=b\": \"c\"}", "a=b=c")]
    [TestCase("[]", "")]
    [TestCase("[\"a=b\"]", "a=b")]
    [TestCase("[\"a=b\", \"c=d\"]", "a=b|c=d")]
    [TestCase("[\"a=b\", \"a=c\"]", "a=c", Description = "the later one counts")]
    [TestCase("[\"a=b=c\"]", "a=b=c", Description = "the first sign splits")]
    [TestCase("[\"a=\"]", "a=")]
    [TestCase("\"a=b\"", "a=b")]
    [TestCase("\"a=b,c=d\"", "a=b,c=d")]
    [TestCase("\"a\"", null)]
    [TestCase("\"=b\"", null)]
    [TestCase("\"\"", null)]
    [TestCase("[\"a\"]", null)]
    [TestCase("[\"\"]", null)]
    [TestCase("[[]]", null)]
    [TestCase("[{\"a\": \"b\"}]", null)]
    [TestCase("{\"a\": {}}", null)]
    [TestCase("{\"a\": []}", null)]
    [TestCase("5", null)]
    [TestCase("true", null)]
    public void Pairs(string json, string? expected)
    {
        var pairs = FieldReader.Pairs(VaultValue.Of(JsonElement.Parse(json)));
        Assert.That(pairs is null ? null : string.Join('|', pairs.Select(pair => $"{pair.Key}={pair.Value}")), Is.EqualTo(expected));
    }

    [TestCase("2030-01-31T12:00:00Z", "2030-01-31T12:00:00.0000000Z")]
    [TestCase("2030-01-31T12:00:00.5Z", "2030-01-31T12:00:00.5000000Z")]
    [TestCase("2030-01-31T12:00:00.1234567Z", "2030-01-31T12:00:00.1234567Z")]
    [TestCase("2030-01-31T12:00:00+02:00", "2030-01-31T10:00:00.0000000Z")]
    [TestCase("2030-01-31T12:00:00.25-05:30", "2030-01-31T17:30:00.2500000Z")]
    [TestCase("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.0000000Z")]
    [TestCase("2030-01-31T12:00:00", null, Description = "without an offset")]
    [TestCase("2030-01-31", null)]
    [TestCase("2030-01-31 12:00:00Z", null)]
    [TestCase("2030-13-31T12:00:00Z", null)]
    [TestCase("2023-02-29T00:00:00Z", null)]
    [TestCase("2030-01-31T24:00:00Z", null)]
    [TestCase("2030-01-31T12:00:00.12345678Z", null)]
    [TestCase("31.01.2030", null)]
    [TestCase("1900000000", null)]
    [TestCase(" 2030-01-31T12:00:00Z", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void A_time(string? text, string? expected) => Assert.That(
        Rfc3339.TryParse(text, out var time) ? time.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture) : null,
        Is.EqualTo(expected));

    [TestCase("7c2b9f7e-0000-4000-8000-000000000001", true)]
    [TestCase("7C2B9F7E-0000-4000-8000-000000000001", false, Description = "one id has one spelling")]
    [TestCase("7c2b9f7e000040008000000000000001", false)]
    [TestCase("{7c2b9f7e-0000-4000-8000-000000000001}", false)]
    [TestCase(" 7c2b9f7e-0000-4000-8000-000000000001", false)]
    [TestCase("7c2b9f7e-0000-4000-8000-00000000000", false)]
    [TestCase("entity-1", false)]
    [TestCase("", false)]
    public void An_id(string text, bool isId) => Assert.That(VaultIdConstraint.Parse(text) is not null, Is.EqualTo(isId));

    [TestCase(null, null, null)]
    [TestCase("", "", null)]
    [TestCase(null, "10", 10L)]
    [TestCase(null, "0", null)]
    [TestCase(null, "-5", null)]
    [TestCase(null, "9999999999", 9999999999L)]
    public void A_page(string? after, string? limit, long? expected)
    {
        Assert.That(ListPage.Read(after, limit).Value.Limit, Is.EqualTo(expected));
        Assert.That(NamePage.Read(after, limit).Value, Is.EqualTo(new NamePage("", expected)));
    }

    [TestCase(null, "ten", "limit: use a whole number")]
    [TestCase(null, "1.5", "limit: use a whole number")]
    [TestCase(null, "99999999999999999999", "limit: use a whole number")]
    [TestCase("x", null, "after: use the last id of the page before")]
    [TestCase("7C2B9F7E-0000-4000-8000-000000000001", null, "after: use the last id of the page before")]
    public void A_page_that_is_none(string? after, string? limit, string problem) =>
        Assert.That(ListPage.Read(after, limit).Error!.Message, Is.EqualTo(problem));

    [Test]
    public void A_name_with_a_NUL_is_behind_no_name() =>
        Assert.That(NamePage.Read("a\0", limit: null).Error!.Message, Is.EqualTo("after: use the last name of the page before"));
}
