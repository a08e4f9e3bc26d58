using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Apply;

/// <summary>
/// A kind of configuration. What a manifest does not name is left as it is; so the body of a change is what is there with what is named
/// on top, and the difference is told of what is named alone.
/// </summary>
internal sealed record ManifestKind(string Name)
{
    /// <summary>Lists whose order means nothing.</summary>
    private static readonly string[] Sets = ["groups", "policies", "algorithms", "audiences", "entities", "members"];

    /// <summary>Of these a manifest may name a part; the gateway has answers for the rest.</summary>
    private static readonly string[] Parts = ["claims", "people"];

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>All that a manifest may name.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    public required IReadOnlyList<string> Required { get; init; }

    /// <summary>Of each group only one; naming it takes the others away.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Exclusive { get; init; } = [];

    /// <summary>What cannot change once it is there.</summary>
    public IReadOnlyList<string> Fixed { get; init; } = [];

    /// <summary>What tells one from another.</summary>
    public required Func<JsonObject, string> NameOf { get; init; }

    /// <summary>
    /// What the gateway compares names by. Where it takes a name in any case, so does the plan: a name in another case is the same thing,
    /// and never something to be made beside it or pruned.
    /// </summary>
    public Func<string, string> KeyOf { get; init; } = static name => name;

    /// <summary>As the identity store compares: without blanks around, and ASCII letters in any case.</summary>
    public static string Folded(string name) =>
        string.Concat(name.Trim().Select(letter => char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter));

    /// <summary>What is wrong with the shape of a manifest, told before anything is asked.</summary>
    public Action<Manifest>? Check { get; init; }

    /// <summary>All there are; given the manifests, because some kinds are looked up one by one.</summary>
    public required Func<Call, IReadOnlyList<Manifest>, Task<IReadOnlyList<Existing>>> Load { get; init; }

    /// <summary>Brings it about.</summary>
    public required Func<Call, ManifestWrite, Task> Write { get; init; }

    public Func<Call, Existing, Task>? Delete { get; init; }

    /// <summary>Why <c>--prune</c> leaves the kind alone; null when it does not.</summary>
    public string? NeverPruned { get; init; }

    /// <summary>Differences that the members do not show, such as secrets; without their values.</summary>
    public Func<Call, Manifest, Existing?, Task<IReadOnlyList<Difference>>>? Secrets { get; init; }

    /// <summary>Members with secrets, which are compared by <see cref="Secrets"/> alone.</summary>
    public IReadOnlyList<string> SecretMembers { get; init; } = [];

    public IEnumerable<Difference> Differences(JsonObject wanted, JsonObject there)
    {
        foreach (var (key, to) in wanted.Where(member => !SecretMembers.Contains(member.Key)))
        {
            there.TryGetPropertyValue(key, out var from);
            if (!Same(key, to, from) && (key != "name" || from is null || KeyOf($"{to}") != KeyOf($"{from}")))
            {
                yield return new Difference(key, from?.DeepClone(), to?.DeepClone());
            }

            foreach (var other in Exclusive.Where(group => to is not null && group.Contains(key)).SelectMany(group => group)
                .Where(other => other != key && there[other] is not null))
            {
                yield return new Difference(other, there[other]!.DeepClone(), To: null);
            }
        }
    }

    /// <summary>What is there with what is wanted on top.</summary>
    public JsonObject Merged(JsonObject wanted, JsonObject? there)
    {
        var merged = (JsonObject?)there?.DeepClone() ?? [];
        foreach (var (key, value) in wanted)
        {
            foreach (var other in Exclusive.Where(group => group.Contains(key)).SelectMany(group => group))
            {
                merged.Remove(other);
            }

            merged[key] = Parts.Contains(key) && value is JsonObject part && merged[key] is JsonObject whole
                ? Merged(part, whole)
                : value?.DeepClone();
        }

        return merged;
    }

    private static bool Same(string key, JsonNode? one, JsonNode? other)
    {
        if (Parts.Contains(key) && one is JsonObject wanted && other is JsonObject there)
        {
            return wanted.All(member => Same(member.Key, member.Value, there[member.Key]));
        }

        if (key.EndsWith("_at", StringComparison.Ordinal) && Time(one) is { } time && Time(other) is { } same)
        {
            return time == same;
        }

        return IsNothing(one) && IsNothing(other)
            || (!IsNothing(one) && !IsNothing(other) && JsonElement.DeepEquals(Comparable(key, one!), Comparable(key, other!)));
    }

    // An absent list and an empty one, an absent text and an empty one mean the same to the gateway.
    private static bool IsNothing(JsonNode? node) => node switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject map => map.Count == 0,
        JsonValue value => value.TryGetValue<string>(out var text) && text.Length == 0,
        _ => false,
    };

    private static JsonElement Comparable(string key, JsonNode node) => JsonElement.Parse(
        (Sets.Contains(key) && node is JsonArray list
            ? new JsonArray([.. list.Select(item => item?.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(item => (JsonNode?)item)])
            : node).ToJsonString());

    private static DateTimeOffset? Time(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time
        : null;
}

/// <summary>One thing to bring about.</summary>
/// <param name="Body">All that it shall be.</param>
/// <param name="Manifest">What was asked for.</param>
/// <param name="There">What is there; null: it is new.</param>
/// <param name="Changed">The fields that are not as they should be.</param>
internal sealed record ManifestWrite(JsonObject Body, Manifest Manifest, Existing? There, IReadOnlyList<string> Changed)
{
    public bool Changes(string field) => Changed.Any(one => one == field || one.StartsWith(field + ".", StringComparison.Ordinal));
}
