using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Hoop.Identity.Vault;
using Hoop.Shared.Results;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

/// <summary>
/// What the framework's document of the whole body would say, is said without one, and of bodies that lie in pieces.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class StrictObjectTests
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = StrictObject.MostDepth, AllowDuplicateProperties = false };

    private static readonly string[] Names =
    [
        "\"a\"", "\"\\u0061\"", "\"b\"", "\"ä\"", "\"\\u00e4\"", "\"\"", "\"a long name, of more than one piece\"", "\"\\ud83d\\ude00\"",
        "\"😀\"", "\"\\ud800\"", "\"\\u0000\"", "\"c\\\"\"", "\"d\"", "\"e\"", "\"f\"",
    ];

    private static readonly string[] Scalars =
    [
        "\"\"", "\"text\"", "\"äöü €\"", "\"😀😀\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"",
        "\"\\ud83d\\ud83d\\ude00\"", "\"\\u0000\"", "\"a\\\\u0000\"", "\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"", "\"\\u00E4\\u20ac\"",
        "0", "-1.50", "1e400", "123456789012345678901234567890", "true", "false", "null",
    ];

    [Test]
    public void It_says_what_a_document_of_the_whole_body_would_say([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var (good, refusals) = (0, new HashSet<string>(StringComparer.Ordinal));
        for (var number = 0; number < 2_000; number++)
        {
            var json = Mutated(Encoding.UTF8.GetBytes(Spaced(random, Value(random, depth: 0))), random);
            var (problem, members) = ByDocument(json);
            foreach (var size in new[] { 0, 1, 3, 7 })
            {
                var read = new Dictionary<string, VaultValue>(StringComparer.Ordinal);
                var error = StrictObject.Read(Pieces.Of(json, size), read);

                Assert.That(error?.Message, Is.EqualTo(problem), () => $"{Encoding.UTF8.GetString(json)} in pieces of {size}");
                if (error is null)
                {
                    Assert.That(
                        read.Select(one => $"{one.Key}: {one.Value.Kind} {one.Value.ToElement().GetRawText()} {TextOf(one.Value)}"),
                        Is.EqualTo(members.Select(one => $"{one.Key}: {one.Value.ValueKind} {one.Value.GetRawText()} {TextOf(one.Value)}")),
                        () => $"{Encoding.UTF8.GetString(json)} in pieces of {size}");
                }
            }

            good += problem is null ? 1 : 0;
            refusals.Add(problem?.Split(" at line")[0] ?? "");
        }

        Assert.That(good, Is.GreaterThan(100));
        Assert.That(refusals, Has.Count.GreaterThanOrEqualTo(6), string.Join('\n', refusals));
    }

    [TestCase("{\"a\": \"x\\u0000\"}", "a")]
    [TestCase("{\"a\": [\"x\", \"\\u0000\"]}", "a")]
    [TestCase("{\"a\": [[[\"\\u0000\"]]]}", "a")]
    [TestCase("{\"a\": {\"b\": \"\\u0000\"}}", "a")]
    [TestCase("{\"b\": 1, \"a\": {\"\\u0000\": \"b\"}}", "a")]
    [TestCase("{\"a\": {\"a\": {\"b\": [\"\\u0000\"]}}, \"b\": \"\\u0000\"}", "a")]
    [TestCase("{\"\\u0000\": \"a\"}", "\0")]
    [TestCase("{\"a\": {\"b\": [1, null, true, \"\\\\u0000\"]}}", null)]
    public void A_NUL_anywhere_is_told_by_its_field(string json, string? field)
    {
        foreach (var size in new[] { 0, 1, 2 })
        {
            Assert.That(
                Read(Encoding.UTF8.GetBytes(json), size)?.Message,
                Is.EqualTo(field is null ? null : VaultBody.Unfit(field, VaultBody.Nul).Message));
        }
    }

    [Test]
    public void Names_and_values_are_counted_and_the_last_one_allowed_is_read()
    {
        // The bracket, a name, the list and its two brackets are five.
        string Body(int items) => $"{{\"a\":[{string.Join(',', Enumerable.Repeat("1", items))}]}}";

        Assert.That(Read(Encoding.UTF8.GetBytes(Body(StrictObject.MostTokens - 5)), size: 4096), Is.Null);
        Assert.That(
            Read(Encoding.UTF8.GetBytes(Body(StrictObject.MostTokens - 4)), size: 4096)?.Message,
            Is.EqualTo("refused JSON input due to high complexity: more than 500000 names and values"));
    }

    [TestCase("{\"a\":\"", "x", "\"}", StrictObject.LongestText, "a")]
    [TestCase("{\"a\":[{\"b\":\"", "x", "\"}]}", StrictObject.LongestText, "a")]
    [TestCase("{\"a\":\"", "\\u00e4", "\"}", StrictObject.LongestText, "a", Description = "characters count, not the bytes of escapes")]
    [TestCase("{\"a\":", "1", "}", StrictObject.LongestText, "a")]
    [TestCase("{\"", "n", "\":1}", StrictObject.LongestText, null)]
    public void A_text_has_a_mebibyte_and_no_more(string begin, string letter, string end, int most, string? field)
    {
        byte[] Body(int letters) => Encoding.ASCII.GetBytes(begin + string.Concat(Enumerable.Repeat(letter, letters)) + end);

        Assert.That(Read(Body(most), size: 64 * 1024), Is.Null);
        Assert.That(Read(Body(most + 1), size: 64 * 1024)?.Message, Is.EqualTo(field is null
            ? "refused the input due to high complexity: a name of more than 1 MiB"
            : "Field validation failed: error converting input for field \"a\": a text of more than 1 MiB"));
    }

    [TestCase("a=", "x", StrictObject.LongestText)]
    [TestCase("a=", "%C3%A4", StrictObject.LongestText)]
    [TestCase("a=", "+", StrictObject.LongestText)]
    public void A_text_of_a_form_neither(string begin, string letter, int most)
    {
        Error? Of(int letters) => FormBody.Read(
            Pieces.Of(Encoding.ASCII.GetBytes(begin + string.Concat(Enumerable.Repeat(letter, letters))), 64 * 1024),
            new Dictionary<string, VaultValue>(StringComparer.Ordinal));

        Assert.That(Of(most), Is.Null);
        Assert.That(Of(most + 1)?.Message, Does.Contain("field \"a\": a text of more than 1 MiB"));
        Assert.That(Of(21 * 1024 * 1024 / letter.Length)?.Message, Does.Contain("more than 1 MiB"));
    }

    [Test]
    public void So_are_those_of_a_form()
    {
        byte[] Form(int pairs) => Encoding.ASCII.GetBytes(string.Join('&', Enumerable.Repeat("a=1", pairs)));
        Error? Of(byte[] form) => FormBody.Read(Pieces.Of(form, 4096), new Dictionary<string, VaultValue>(StringComparer.Ordinal));

        Assert.That(Of(Form(StrictObject.MostTokens / 2)), Is.Null);
        Assert.That(
            Of(Form((StrictObject.MostTokens / 2) + 1))?.Message,
            Is.EqualTo("refused form input due to high complexity: more than 500000 names and values"));
    }

    [TestCase("a=1&b=2&a=3", "a=[1,3] b=2")]
    [TestCase("?a=1&?b=2", "a=1 ?b=2", Description = "one question mark in front is no letter")]
    [TestCase("&&a=1&", "a=1")]
    [TestCase("A=1&a=2", "A=[1,2]", Description = "names of a form have no case")]
    [TestCase("a+b=c%20d&%C3%A4=%E2%82%AC", "a b=c d ä=€")]
    [TestCase("a&b=", "a= b=")]
    [TestCase("a=x=y", "a=x=y")]
    public void A_form_is_read_in_pieces_as_in_one(string form, string expected)
    {
        foreach (var size in new[] { 0, 1, 2, 5 })
        {
            var fields = new Dictionary<string, VaultValue>(StringComparer.Ordinal);
            Assert.That(FormBody.Read(Pieces.Of(Encoding.UTF8.GetBytes(form), size), fields), Is.Null);
            Assert.That(
                string.Join(' ', fields.Select(one =>
                    $"{one.Key}={(one.Value.Texts is { } texts ? $"[{string.Join(',', texts)}]" : one.Value.Written)}")),
                Is.EqualTo(expected));
        }
    }

    [Test]
    public void Very_many_small_objects_behind_a_large_one_cost_what_they_are()
    {
        var json = new StringBuilder("{\"a\":[{");
        json.AppendJoin(',', Enumerable.Range(0, 60_000).Select(number => $"\"{number}\":1")).Append('}');
        json.Insert(json.Length, ",{}", 120_000).Append("]}");

        var begun = System.Diagnostics.Stopwatch.StartNew();
        Assert.That(Read(Encoding.ASCII.GetBytes(json.ToString()), size: 64 * 1024), Is.Null);
        Assert.That(begun.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)), "emptying a large set for each took minutes");
    }

    private static Error? Read(byte[] json, int size) =>
        StrictObject.Read(Pieces.Of(json, size), new Dictionary<string, VaultValue>(StringComparer.Ordinal));

    private static string Value(Random random, int depth) => (depth == 0 ? random.Next(1, 12) : random.Next(depth, 14)) switch
    {
        <= 5 => $"{{{string.Join(",", Enumerable.Range(0, random.Next(5)).Select(_ =>
            $"{Names[random.Next(Names.Length)]}{Space(random)}:{Spaced(random, Value(random, depth + 1))}"))}}}",
        <= 7 when depth > 0 => $"[{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1)))}]",
        <= 10 when depth == 0 => $"{{\"only\":{Value(random, depth + 1)}}}",
        _ => Scalars[random.Next(Scalars.Length)],
    };

    private static string Spaced(Random random, string json) => $"{Space(random)}{json}{Space(random)}";

    private static string Space(Random random) => random.Next(6) switch { 0 => " ", 1 => "\n", 2 => "\r\n\t", _ => "" };

    private static byte[] Mutated(byte[] json, Random random)
    {
        var at = random.Next(json.Length);
        return random.Next(8) switch
        {
            0 => json[..at],
            1 => [.. json[..at], .. json[(at + 1)..]],
            2 => [.. json[..at], (byte)random.Next(256), .. json[at..]],
            _ => json,
        };
    }

    // The rules as they were first written, over a document.
    private static (string? Problem, Dictionary<string, JsonElement> Members) ByDocument(byte[] json)
    {
        const string Begin = "failed to parse JSON input: ";
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (json.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return (null, members);
        }

        if (!Utf8.IsValid(json))
        {
            return (Begin + "the text is not UTF-8", members);
        }

        try
        {
            var root = JsonElement.Parse(json, Strict);
            if (root.ValueKind != JsonValueKind.Object)
            {
                return (root.ValueKind == JsonValueKind.Null ? null : Begin + "the body must be an object", members);
            }

            string? problem = null;
            foreach (var member in root.EnumerateObject())
            {
                if (member.Name.Contains('\0', StringComparison.Ordinal) || HoldsNul(member.Value))
                {
                    problem ??= VaultBody.Unfit(member.Name, VaultBody.Nul).Message;
                }

                members[member.Name] = member.Value;
            }

            return (problem, members);
        }
        catch (JsonException exception)
        {
            return (Begin + (exception.LineNumber is { } line
                ? $"not valid JSON at line {line + 1}, byte {exception.BytePositionInLine + 1}"
                : "a member is there twice"), members);
        }
        catch (InvalidOperationException)
        {
            return (Begin + "a string holds half of a surrogate pair", members);
        }
    }

    private static bool HoldsNul(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains('\0', StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().Aggregate(false, (found, item) => found | HoldsNul(item)),
        JsonValueKind.Object => value.EnumerateObject().Aggregate(
            false, (found, member) => found | member.Name.Contains('\0', StringComparison.Ordinal) | HoldsNul(member.Value)),
        _ => false,
    };

    private static string? TextOf(VaultValue value) => value.Kind == JsonValueKind.String ? FieldReader.Text(value) : null;

    private static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
