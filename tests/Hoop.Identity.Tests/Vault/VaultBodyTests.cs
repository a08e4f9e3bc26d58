using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Identity.Vault;
using Hoop.Shared.Http;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

public sealed class VaultBodyTests
{
    [TestCase("\"text\"", "text")]
    [TestCase("5", "5")]
    [TestCase("1.50", "1.50")]
    [TestCase("1e400", "1e400")]
    [TestCase("true", "1")]
    [TestCase("false", "0")]
    [TestCase("null", "")]
    public void A_string_takes_every_scalar(string json, string expected) =>
        Assert.That(Body(json, VaultFieldKind.Text).Text("f"), Is.EqualTo(expected));

    [TestCase("true", true)]
    [TestCase("false", false)]
    [TestCase("1", true)]
    [TestCase("0", false)]
    [TestCase("\"t\"", true)]
    [TestCase("\"TRUE\"", true)]
    [TestCase("\"F\"", false)]
    [TestCase("\"\"", false)]
    [TestCase("null", false)]
    [TestCase("2", null)]
    [TestCase("\"tRue\"", null)]
    [TestCase("\"yes\"", null)]
    [TestCase("[true]", null)]
    public void A_truth_value_takes_the_spellings_of_Go(string json, bool? expected)
    {
        var body = Body(json, VaultFieldKind.Flag);
        var flag = body.Flag("f");

        Assert.That(flag.IsSupplied, Is.True);
        Assert.That(body.Error is null ? flag.Value : (bool?)null, Is.EqualTo(expected));
    }

    [TestCase("[\"a\", \" b \", 5, true, null]", "a|b|5|1|")]
    [TestCase("[\"a,b\"]", "a|b")]
    [TestCase("[\"a,b\", \"c\"]", "a,b|c")]
    [TestCase("\" a , b,\"", "a|b|")]
    [TestCase("7", "7")]
    public void A_list_takes_arrays_and_commas(string json, string expected) =>
        Assert.That(string.Join('|', Body(json, VaultFieldKind.List).List("f").Value!), Is.EqualTo(expected));

    [TestCase("[]")]
    [TestCase("\"\"")]
    [TestCase("null")]
    public void An_empty_list_counts_as_supplied(string json)
    {
        var list = Body(json, VaultFieldKind.List).List("f");

        Assert.That(list.IsSupplied, Is.True);
        Assert.That(list.Value, Is.Empty);
    }

    [TestCase("{\"a\": \"1\", \"b\": 2}", "a=1,b=2")]
    [TestCase("[\"a=1\", \"b=x=y\", \"c=\"]", "a=1,b=x=y,c=")]
    [TestCase("\"a=1\"", "a=1")]
    [TestCase("[]", "")]
    [TestCase("{}", "")]
    public void Pairs_take_objects_and_texts(string json, string expected) =>
        Assert.That(
            string.Join(',', Body(json, VaultFieldKind.Pairs).Pairs("f").Value!.Select(pair => $"{pair.Key}={pair.Value}")),
            Is.EqualTo(expected));

    [Test]
    public void An_absent_field_is_not_supplied()
    {
        var body = VaultBody.Parse(new("{}"u8.ToArray()), contentType: null, All);

        Assert.That(body.Text("text"), Is.Empty);
        Assert.That(new[] { body.Flag("flag").IsSupplied, body.List("list").IsSupplied, body.Pairs("pairs").IsSupplied }, Is.All.False);
        Assert.That(body.Warnings, Is.Null);
    }

    [Test]
    public void Any_bytes_are_read_or_refused_and_never_throw() => Prop.ForAll<byte[]>(bytes =>
    {
        foreach (var contentType in new[] { "application/json", "application/x-www-form-urlencoded" })
        {
            ReadAll(VaultBody.Parse(new(bytes), contentType, All));
        }
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Any_text_in_any_place_is_read_or_refused_and_what_is_read_has_no_NUL() => Prop.ForAll<string, string>((key, value) =>
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["text"] = value,
            ["list"] = new[] { value, key },
            ["pairs"] = new Dictionary<string, string?>(StringComparer.Ordinal) { [key ?? ""] = value },
        });
        var body = VaultBody.Parse(new(json), contentType: null, All);
        var text = ReadAll(body);
        return body.Error is not null || !text.Contains('\0', StringComparison.Ordinal);
    }).QuickCheckThrowOnFailure();

    private static string ReadAll(VaultBody body)
    {
        var text = new StringBuilder(body.Text("text")).AppendJoin(' ', body.List("list").Value ?? []);
        foreach (var (key, value) in body.Pairs("pairs").Value ?? new Dictionary<string, string>())
        {
            text.Append(key).Append(value);
        }

        return text.Append(body.Flag("flag").Value).AppendJoin(' ', body.Warnings ?? []).ToString();
    }

    [Test]
    public void What_is_not_declared_is_told_as_unknown_and_cannot_be_read()
    {
        var body = VaultBody.Parse(new("""{"f": "1", "g": "2", "text": "3"}"""u8.ToArray()), contentType: null, All);

        Assert.That(body.Warnings, Is.EqualTo(new[] { "Endpoint ignored these unrecognized parameters: [f g]" }));
        Assert.That(() => body.Text("f"), Throws.InvalidOperationException);
        Assert.That(() => body.List("text"), Throws.InvalidOperationException, "declared, but as something else");
    }

    [Test]
    public void One_field_is_declared_once() =>
        Assert.That(() => VaultFields.Of([VaultField.Text("f", ""), VaultField.List("f", "")]), Throws.ArgumentException);

    private static VaultFields All { get; } =
        [VaultField.Text("text", ""), VaultField.Flag("flag", ""), VaultField.List("list", ""), VaultField.Pairs("pairs", "")];

    private static VaultBody Body(string json, VaultFieldKind kind) =>
        VaultBody.Parse(new(Encoding.UTF8.GetBytes($$"""{"f": {{json}}}""")), contentType: null, [new VaultField("f", kind, "")]);
}
