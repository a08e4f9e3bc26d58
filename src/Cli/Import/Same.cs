using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>Whether two answers say the same, where order and the spelling of nothing do not count.</summary>
internal static class Same
{
    public static bool Lists(JsonElement one, JsonElement other, string name) =>
        one.Texts(name).ToHashSet(StringComparer.Ordinal).SetEquals(other.Texts(name));

    public static bool Maps(JsonElement one, JsonElement other, string name) =>
        Pairs(one, name).SequenceEqual(Pairs(other, name));

    public static JsonArray List(JsonElement from, string name) => [.. from.Texts(name).Select(text => (JsonNode)text)];

    public static JsonObject Map(JsonElement from, string name) =>
        new(Pairs(from, name).Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, pair.Value)));

    private static IEnumerable<(string Key, string Value)> Pairs(JsonElement from, string name) =>
        from.Members(name).Select(member => (member.Name, member.Value.AsText()));
}
