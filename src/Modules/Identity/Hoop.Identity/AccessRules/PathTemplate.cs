using System.Text;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AccessRules;

/// <summary><c>{{identity.entity.name}}</c> inside of a path.</summary>
internal static class PathTemplate
{
    private const string Metadata = "identity.entity.metadata.";
    private const string Aliases = "identity.entity.aliases.";
    private const string GroupIds = "identity.groups.ids.";
    private const string GroupNames = "identity.groups.names.";
    private const string OfMetadata = "metadata.";
    private const string OfCustomMetadata = "custom_metadata.";

    private const string Known =
        "there are identity.entity.id, .name, .metadata.<key>, .aliases.<accessor>.id, .name, .metadata.<key>, .custom_metadata.<key>, "
        + "and identity.groups.ids.<id> and identity.groups.names.<name> with .id, .name, .metadata.<key>";

    /// <summary>Why the path's templates mean nothing, or null.</summary>
    public static string? ProblemOf(string path)
    {
        var rest = path.AsSpan();
        while (rest.IndexOf("{{") is >= 0 and var open)
        {
            if (rest[..open].Contains("}}", StringComparison.Ordinal) || rest[open..].IndexOf("}}") is not (> 0 and var close))
            {
                return "unbalanced templating characters";
            }

            var name = rest.Slice(open + 2, close - 2).Trim().ToString();
            if (!IsKnown(name))
            {
                return $"unknown template \"{Lexeme.Shorten(name)}\": {Known}";
            }

            rest = rest[(open + close + 2)..];
        }

        return rest.Contains("}}", StringComparison.Ordinal) ? "unbalanced templating characters" : null;
    }

    /// <summary>
    /// The rule with its values in place; none when it cannot act, because there is no such value. A value that holds a wildcard or a slash
    /// would match what its owner was never given (GHSA-59w7-v8rr-pr4p): then a grant is left out, and a deny holds for all that begins
    /// like the path. Names are the same in any case, so the rule stands for the folded name too, and a deny for every folded value.
    /// </summary>
    public static IEnumerable<PolicyRule> Fill(PolicyRule rule, EntityFacts? entity)
    {
        if (!rule.IsTemplate)
        {
            return [rule];
        }

        var (filled, folded, rest) = (new StringBuilder(), new StringBuilder(), rule.Path);
        for (var open = rest.IndexOf("{{", StringComparison.Ordinal); open >= 0; open = rest.IndexOf("{{", StringComparison.Ordinal))
        {
            var close = rest.IndexOf("}}", open, StringComparison.Ordinal);
            var name = rest[(open + 2)..close].Trim();
            if (ValueOf(name, entity) is not { Length: > 0 } value)
            {
                return [];
            }

            if (value.AsSpan().ContainsAny('*', '+', '/'))
            {
                return rule.IsDeny ? [rule.At(rule.Path[..rule.Path.IndexOf("{{", StringComparison.Ordinal)] + "*")] : [];
            }

            var isName = rule.IsDeny || name == "identity.entity.name"
                || (name.StartsWith("identity.groups.", StringComparison.Ordinal) && name.EndsWith(".name", StringComparison.Ordinal));
            filled.Append(rest, 0, open).Append(value);
            folded.Append(rest, 0, open).Append(isName ? AsciiCase.Fold(value) : value);
            rest = rest[(close + 2)..];
        }

        return new[] { filled, folded }.Select(path => path.Append(rest).ToString()).Distinct(StringComparer.Ordinal).Select(rule.At);
    }

    /// <summary>Which of an entity's facts the templates of a path speak of.</summary>
    public static EntityFactKinds KindsOf(PolicyRule rule) =>
        (rule.Path.Contains(Aliases, StringComparison.Ordinal) ? EntityFactKinds.Aliases : EntityFactKinds.None)
        | (rule.Path.Contains("identity.groups.", StringComparison.Ordinal) ? EntityFactKinds.Groups : EntityFactKinds.None);

    private static bool IsKnown(string name) =>
        name is "identity.entity.id" or "identity.entity.name"
        || After(Metadata, name) is { Length: > 0 }
        || (After(Aliases, name) is { } alias && IsField(Split(alias), withCustom: true))
        || ((After(GroupIds, name) ?? After(GroupNames, name)) is { } group && IsField(Split(group), withCustom: false));

    private static string? ValueOf(string name, EntityFacts? entity) => name switch
    {
        _ when entity is null => null,
        "identity.entity.id" => entity.Id.ToString(),
        "identity.entity.name" => entity.Name,
        _ when After(Metadata, name) is { } key => entity.Metadata.GetValueOrDefault(key),
        _ when After(Aliases, name) is { } alias => OfAlias(Split(alias), entity),
        _ when After(GroupIds, name) is { } group => OfGroup(Split(group), entity, (one, id) => one.Id.ToString() == id),
        _ => OfGroup(Split(name[GroupNames.Length..]), entity, (one, asked) => AsciiCase.Fold(one.Name) == AsciiCase.Fold(asked)),
    };

    private static string? OfAlias((string Key, string Field) asked, EntityFacts entity) =>
        entity.Aliases.FirstOrDefault(alias => alias.Accessor == asked.Key) is not { } alias ? null
        : asked.Field switch
        {
            "id" => alias.Id.ToString(),
            "name" => alias.Name,
            _ when After(OfCustomMetadata, asked.Field) is { } key => alias.CustomMetadata.GetValueOrDefault(key),
            _ => alias.Metadata.GetValueOrDefault(asked.Field[OfMetadata.Length..]),
        };

    // Of a group that the entity is not in nothing is known here, so that a rule about it does not act.
    private static string? OfGroup((string Key, string Field) asked, EntityFacts entity, Func<GroupFacts, string, bool> isIt) =>
        entity.Groups.FirstOrDefault(group => isIt(group, asked.Key)) is not { } group ? null
        : asked.Field switch
        {
            "id" => group.Id.ToString(),
            "name" => group.Name,
            _ => group.Metadata.GetValueOrDefault(asked.Field[OfMetadata.Length..]),
        };

    private static bool IsField((string Key, string Field) asked, bool withCustom) =>
        asked.Key.Length > 0
        && (asked.Field is "id" or "name"
            || After(OfMetadata, asked.Field) is { Length: > 0 }
            || (withCustom && After(OfCustomMetadata, asked.Field) is { Length: > 0 }));

    private static (string Key, string Field) Split(string text) =>
        text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? (text[..dot], text[(dot + 1)..]) : (text, "");

    private static string? After(string start, string text) =>
        text.StartsWith(start, StringComparison.Ordinal) ? text[start.Length..] : null;
}
