using System.Text;

namespace Hoop.Identity.AclPolicies;

/// <summary>What is known of the entity behind a token, for the templates of its policies.</summary>
internal sealed record EntityFacts(Guid Id, string Name, IReadOnlyDictionary<string, string> Metadata);

/// <summary><c>{{identity.entity.name}}</c> inside of a path.</summary>
internal static class PathTemplate
{
    private const string Metadata = "identity.entity.metadata.";

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

            var name = rest.Slice(open + 2, close - 2).Trim();
            if (name is not ("identity.entity.id" or "identity.entity.name")
                && !(name.StartsWith(Metadata, StringComparison.Ordinal) && name.Length > Metadata.Length))
            {
                return $"unknown template \"{Lexeme.Shorten(name.ToString())}\": there are identity.entity.id, identity.entity.name and identity.entity.metadata.<key>";
            }

            rest = rest[(open + close + 2)..];
        }

        return rest.Contains("}}", StringComparison.Ordinal) ? "unbalanced templating characters" : null;
    }

    /// <summary>
    /// The rule with its values in place, or null when it cannot act: there is no such value. A value that holds a wildcard would match
    /// what its owner was never given (GHSA-59w7-v8rr-pr4p): then a grant is left out, and a deny holds for all that begins like the path.
    /// </summary>
    public static PolicyRule? Fill(PolicyRule rule, EntityFacts? entity)
    {
        if (!rule.IsTemplate)
        {
            return rule;
        }

        var (filled, rest) = (new StringBuilder(), rule.Path);
        for (var open = rest.IndexOf("{{", StringComparison.Ordinal); open >= 0; open = rest.IndexOf("{{", StringComparison.Ordinal))
        {
            var close = rest.IndexOf("}}", open, StringComparison.Ordinal);
            if (ValueOf(rest[(open + 2)..close].Trim(), entity) is not { Length: > 0 } value)
            {
                return null;
            }

            if (value.AsSpan().ContainsAny('*', '+'))
            {
                return rule.IsDeny ? rule.At(rule.Path[..rule.Path.IndexOf("{{", StringComparison.Ordinal)] + "*") : null;
            }

            filled.Append(rest, 0, open).Append(value);
            rest = rest[(close + 2)..];
        }

        return rule.At(filled.Append(rest).ToString());
    }

    private static string? ValueOf(string name, EntityFacts? entity) => name switch
    {
        _ when entity is null => null,
        "identity.entity.id" => entity.Id.ToString(),
        "identity.entity.name" => entity.Name,
        _ => entity.Metadata.GetValueOrDefault(name[Metadata.Length..]),
    };
}
