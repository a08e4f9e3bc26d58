using System.Globalization;
using System.Text.Json;
using Hoop.Identity.Vault;

namespace Hoop.Identity.ClaimTemplates;

/// <summary>One parameter of a template: <c>identity.entity.metadata.team</c>, <c>time.now.plus.1h</c>.</summary>
internal sealed class Directive
{
    private const string NoValue = "no value could be found for one of the template directives";

    private readonly Func<EntityTold, DateTimeOffset, object?> _read;

    private Directive(Func<EntityTold, DateTimeOffset, object?> read) => _read = read;

    public bool NeedsGroups { get; private init; }

    public bool NeedsAliases { get; private init; }

    /// <summary>A list or an object, which only stands for itself.</summary>
    public bool IsWhole { get; private init; }

    private bool IsTime { get; init; }

    public static Directive? Parse(string name, out string? problem)
    {
        problem = null;
        var parts = name.Split('.');
        switch (parts)
        {
            case ["identity", "entity", "id"]:
                return new Directive((entity, _) => entity.Id.ToString());
            case ["identity", "entity", "name"]:
                return new Directive((entity, _) => entity.Name);
            case ["identity", "entity", "metadata", .. var key]:
                return OfMap(key, entity => entity.Metadata);
            case ["identity", "entity", "groups", "ids"]:
                return new Directive((entity, _) => entity.Groups.Select(group => group.Id)) { NeedsGroups = true, IsWhole = true };
            case ["identity", "entity", "groups", "names"]:
                return new Directive((entity, _) => entity.Groups.Select(group => group.Name)) { NeedsGroups = true, IsWhole = true };
            case ["identity", "entity", "aliases", { Length: > 0 } accessor, .. { Length: > 0 } selector]:
                return OfAlias(accessor, selector, out problem);
            case ["identity", "groups", "ids" or "names", { Length: > 0 } group, .. { Length: > 0 } selector]:
                return OfGroup(
                    parts[2] == "ids" ? held => held.Id == group : held => AsciiCase.Fold(held.Name) == AsciiCase.Fold(group),
                    selector, out problem);
            case ["time", "now"]:
                return OfTime(_ => TimeSpan.Zero);
            case ["time", "now", .. var operation]:
                return OfTime(operation, out problem);
            default:
                problem = NoValue;
                return null;
        }
    }

    /// <summary>What stands in a sample: of the kind of the value.</summary>
    public string StandIn(char unknown, bool inText) =>
        IsWhole ? "{}" : IsTime ? "0" : inText ? unknown.ToString() : $"\"{unknown}\"";

    /// <summary>Null when there is a value, else why there is none.</summary>
    public string? ValueOf(EntityTold entity, DateTimeOffset now, bool inText, out string value)
    {
        var found = _read(entity, now);
        value = (found, inText) switch
        {
            (null, _) => "",
            (long number, _) => number.ToString(CultureInfo.InvariantCulture),
            (string text, true) => JsonEncodedText.Encode(text).ToString(),
            _ => JsonSerializer.Serialize(found),
        };
        return found is null ? NoValue : null;
    }

    private static Directive OfMap(
        string[] key, Func<EntityTold, IReadOnlyDictionary<string, string>?> map, bool groups = false, bool aliases = false)
    {
        if (key.Length == 0)
        {
            return new Directive((entity, _) => map(entity)) { IsWhole = true, NeedsGroups = groups, NeedsAliases = aliases };
        }

        // Keys hold no dots.
        var name = string.Join('.', key);
        return new Directive((entity, _) => map(entity)?.GetValueOrDefault(name, ""))
        {
            NeedsGroups = groups,
            NeedsAliases = aliases,
        };
    }

    // An alias that the entity does not have is empty, as in Vault.
    private static Directive? OfAlias(string accessor, string[] selector, out string? problem)
    {
        problem = null;
        switch (selector)
        {
            case ["id"]:
                return new Directive((entity, _) => entity.Aliases.GetValueOrDefault(accessor)?.Id ?? "") { NeedsAliases = true };
            case ["name"]:
                return new Directive((entity, _) => entity.Aliases.GetValueOrDefault(accessor)?.Name ?? "") { NeedsAliases = true };
            case ["metadata", .. var key]:
                return OfMap(
                    key,
                    entity => entity.Aliases.GetValueOrDefault(accessor)?.Metadata ?? EntityTold.Nothing,
                    groups: false,
                    aliases: true);
            case ["custom_metadata", .. var key]:
                return OfMap(
                    key,
                    entity => entity.Aliases.GetValueOrDefault(accessor)?.CustomMetadata ?? EntityTold.Nothing,
                    groups: false,
                    aliases: true);
            default:
                problem = "invalid alias selector";
                return null;
        }
    }

    // Whoever is not in the group gets no such token: its claims would say otherwise.
    private static Directive? OfGroup(Func<GroupTold, bool> isMeant, string[] selector, out string? problem)
    {
        problem = null;
        switch (selector)
        {
            case ["id"]:
                return new Directive((entity, _) => entity.Groups.FirstOrDefault(isMeant)?.Id) { NeedsGroups = true };
            case ["name"]:
                return new Directive((entity, _) => entity.Groups.FirstOrDefault(isMeant)?.Name) { NeedsGroups = true };
            case ["metadata", .. var key]:
                return OfMap(key, entity => entity.Groups.FirstOrDefault(isMeant)?.Metadata, groups: true);
            default:
                problem = NoValue;
                return null;
        }
    }

    private static Directive? OfTime(string[] operation, out string? problem)
    {
        problem = operation switch
        {
            ["plus" or "minus"] or ["plus" or "minus", ""] => "missing time operand",
            ["plus" or "minus", ..] => null,
            _ => $"invalid time operator \"{VaultText.Shorten(operation[0])}\"",
        };
        if (problem is not null)
        {
            return null;
        }

        if (!VaultDuration.TryParse(string.Join('.', operation[1..]), out var duration))
        {
            problem = $"\"{VaultText.Shorten(string.Join('.', operation[1..]))}\" is no duration";
            return null;
        }

        return OfTime(_ => operation[0] == "plus" ? duration : -duration);
    }

    private static Directive OfTime(Func<EntityTold, TimeSpan> shift) =>
        new((entity, now) => (now + shift(entity)).ToUnixTimeSeconds()) { IsTime = true };
}

/// <summary>What a template may tell of an entity.</summary>
/// <param name="Aliases">By accessor.</param>
internal sealed record EntityTold(
    Guid Id,
    string Name,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<GroupTold> Groups,
    IReadOnlyDictionary<string, AliasTold> Aliases)
{
    public static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>(StringComparer.Ordinal);
}

internal sealed record GroupTold(string Id, string Name, IReadOnlyDictionary<string, string> Metadata);

internal sealed record AliasTold(
    string Id, string Name, IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, string> CustomMetadata);
