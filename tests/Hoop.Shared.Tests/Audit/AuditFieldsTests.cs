using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Shared.Audit;
using Hoop.Shared.Secrets;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Audit;

public sealed class AuditFieldsTests
{
    [Test]
    public void Each_kind_of_value_has_its_own_form()
    {
        var id = Guid.CreateVersion7();
        var fields = new AuditFields
        {
            { "text", "a" },
            { "nothing", (string?)null },
            { "flag", true },
            { "number", 7L },
            { "id", id },
            { "at", new DateTimeOffset(2030, 1, 31, 13, 0, 0, TimeSpan.FromHours(1)) },
            { "day", new DateTime(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc) },
            { "texts", new[] { "b", "c" } },
            { "ids", new[] { id } },
        };

        Assert.That(fields.ToJson(), Is.EqualTo(
            $$"""{"text":"a","nothing":null,"flag":true,"number":7,"id":"{{id}}","at":"2030-01-31T12:00:00+00:00","day":"2030-01-31T12:00:00+00:00","texts":["b","c"],"ids":["{{id}}"]}"""));
    }

    [Test]
    public void The_last_word_of_a_name_counts_and_a_copy_leaves_the_first_alone()
    {
        var first = new AuditFields { { "a", "1" }, { "b", "2" } };
        var copy = new AuditFields(first) { { "a", "3" } };

        Assert.That(first.ToJson(), Is.EqualTo("""{"a":"1","b":"2"}"""));
        Assert.That(copy.ToJson(), Is.EqualTo("""{"b":"2","a":"3"}"""));
    }

    [TestCase("")]
    [TestCase("A")]
    [TestCase("a-b")]
    [TestCase("1a")]
    [TestCase("clé")]
    public void A_name_is_snake_case(string name) => Assert.That(() => new AuditFields { { name, "x" } }, Throws.ArgumentException);

    [Test]
    public void A_long_list_is_cut_and_says_so()
    {
        var fields = new AuditFields { { "names", Enumerable.Range(0, 1234).Select(i => $"n{i}") } };
        var names = JsonElement.Parse(fields.ToJson()).GetProperty("names");

        Assert.That(names.GetArrayLength(), Is.EqualTo(AuditFields.MaxItems + 1));
        Assert.That(names[AuditFields.MaxItems].GetString(), Is.EqualTo("… and 234 more"));
    }

    [Test]
    public void No_overload_takes_a_secret_or_anything_that_could_hold_one()
    {
        var kinds = typeof(AuditFields).GetMethods().Where(method => method.Name == nameof(AuditFields.Add))
            .Select(method => method.GetParameters()[1].ParameterType).ToList();

        Assert.That(kinds, Has.Count.EqualTo(8));
        Assert.That(
            kinds.Any(kind => kind.IsAssignableFrom(typeof(SecretText)) || kind.IsAssignableFrom(typeof(byte[])) || kind == typeof(object)),
            Is.False);
    }

    [Test]
    public void Whatever_a_text_holds_the_row_can_be_stored() => Prop.ForAll<string?>(text =>
    {
        var json = new AuditFields { { "text", text }, { "texts", new[] { text ?? "" } } }.ToJson();
        return !json.Contains("\\u0000", StringComparison.Ordinal)
            && JsonElement.Parse(json).GetProperty("texts")[0].GetString() == AuditText.Clean(text ?? "");
    }).QuickCheckThrowOnFailure();

    [Test]
    public void A_clean_text_is_what_the_database_takes()
    {
        // Not as arguments of an attribute: metadata holds no lone surrogate.
        (string Text, string Clean)[] cases =
        [
            ("", ""), ("plain", "plain"), ("a\0b", "a\ufffdb"), ("\ud800", "\ufffd"), ("x\udc00y", "x\ufffdy"), (
                "\ud83d\ude80", "\ud83d\ude80"), ("\ude80\ud83d", "\ufffd\ufffd"),
        ];
        foreach (var (text, clean) in cases)
        {
            Assert.That(AuditText.Clean(text), Is.EqualTo(clean));
        }
    }

    [Test]
    public void A_cut_never_splits_a_character_and_shows_itself()
    {
        var text = string.Concat(Enumerable.Repeat("\ud83d\ude80", 2000));
        var clean = AuditText.Clean(text, 101);

        Assert.That(clean, Has.Length.EqualTo(101));
        Assert.That(clean[^1], Is.EqualTo('…'));
        Assert.That(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(clean), Throws.Nothing);
    }
}
