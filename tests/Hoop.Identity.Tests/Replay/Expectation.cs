using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hoop.Identity.Tests.Replay;

/// <summary>
/// Compares an answer with what a case says of it. Objects may have more members than are named; arrays are compared whole. Texts are
/// patterns when they begin with <c>~</c>; <c>"*"</c> is anything but absent, <c>"-"</c> is absent.
/// </summary>
public static class Expectation
{
    /// <summary>The first difference, or null.</summary>
    public static string? Difference(JsonElement expected, JsonElement actual, string at = "$")
    {
        if (expected.ValueKind == JsonValueKind.String)
        {
            return TextDifference(expected.GetString()!, actual, at);
        }

        if (expected.ValueKind == JsonValueKind.Object && actual.ValueKind == JsonValueKind.Object)
        {
            return expected.EnumerateObject()
                .Select(member => Member(member, actual, at))
                .FirstOrDefault(difference => difference is not null);
        }

        if (expected.ValueKind == JsonValueKind.Array && actual.ValueKind == JsonValueKind.Array)
        {
            return expected.GetArrayLength() != actual.GetArrayLength()
                ? $"{at}: {expected.GetArrayLength()} items are expected in {actual}"
                : expected.EnumerateArray().Zip(actual.EnumerateArray())
                    .Select((pair, i) => Difference(pair.First, pair.Second, $"{at}[{i}]"))
                    .FirstOrDefault(difference => difference is not null);
        }

        return JsonElement.DeepEquals(expected, actual) ? null : $"{at}: {expected} is expected, not {actual}";
    }

    private static string? Member(JsonProperty member, JsonElement actual, string at)
    {
        var path = $"{at}.{member.Name}";
        var isThere = actual.TryGetProperty(member.Name, out var value);
        return member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() == "-"
            ? isThere ? $"{path}: is there: {value}" : null
            : isThere ? Difference(member.Value, value, path) : $"{path}: is missing in {actual}";
    }

    private static string? TextDifference(string expected, JsonElement actual, string at) => expected switch
    {
        "*" => null,
        ['~', .. var pattern] =>
            actual.ValueKind == JsonValueKind.String
                && Regex.IsMatch(actual.GetString()!, pattern, RegexOptions.Singleline, TimeSpan.FromSeconds(1))
                ? null
                : $"{at}: {actual} does not match {pattern}",
        _ => actual.ValueKind == JsonValueKind.String && actual.GetString() == expected ? null : $"{at}: \"{expected}\" is expected, not {actual}",
    };
}
