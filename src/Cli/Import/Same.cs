using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>Whether two answers say the same, where order and the spelling of nothing do not count.</summary>
internal static class Same
{
    private static readonly string[] HygieneFields = ["owner", "expires_at"];

    public static bool Lists(JsonElement one, JsonElement other, string name) =>
        one.Texts(name).ToHashSet(StringComparer.Ordinal).SetEquals(other.Texts(name));

    public static bool Maps(JsonElement one, JsonElement other, string name) =>
        Pairs(one, name).SequenceEqual(Pairs(other, name));

    public static JsonArray List(JsonElement from, string name) => [.. from.Texts(name).Select(text => (JsonNode)text)];

    public static JsonObject Map(JsonElement from, string name) =>
        new(Pairs(from, name).Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, pair.Value)));

    /// <summary>
    /// Whether what the source says of an end and of who answers for it is said here, too. A Vault says nothing of either, and another
    /// gateway does; what is only said here stays.
    /// </summary>
    public static bool Hygiene(JsonElement source, JsonElement here) => HygieneFields.All(
        name => source.Text(name) is not { Length: > 0 } text || Told(text) == Told(here.Text(name) ?? ""));

    /// <summary>An end that has passed is an end as well: without it somebody would come to life again.</summary>
    public static void CopyHygiene(JsonElement source, JsonObject body)
    {
        foreach (var name in HygieneFields)
        {
            if (source.Text(name) is { Length: > 0 } text)
            {
                body[name] = text;
            }
        }
    }

    private static IEnumerable<(string Key, string Value)> Pairs(JsonElement from, string name) =>
        from.Members(name).Select(member => (member.Name, member.Value.AsText()));

    // A time may be written in several ways.
    private static string Told(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)
            : text;
}
