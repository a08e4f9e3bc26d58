namespace Hoop.Identity.AccessRules;

/// <summary>What the rules of several policies for one path are together.</summary>
/// <param name="Rules">Those that it was made of, in the order of their policies.</param>
internal sealed record MergedRule(
    PathPattern Pattern, Capabilities Capabilities, ParameterRules Parameters, bool NeedsWrapping, IReadOnlyList<PolicyRule> Rules)
{
    public static MergedRule Of(PathPattern pattern, IReadOnlyList<PolicyRule> rules)
    {
        // A deny stands alone, whatever else is said of the path.
        if (rules.Where(rule => rule.IsDeny).ToArray() is { Length: > 0 } denies)
        {
            return new MergedRule(pattern, Capabilities.Deny, ParameterRules.None, NeedsWrapping: false, denies);
        }

        return new MergedRule(
            pattern,
            rules.Aggregate(Capabilities.None, (all, rule) => all | rule.Capabilities),
            rules.Select(rule => rule.Parameters).Aggregate(ParameterCheck.Merge),
            rules.Any(rule => rule.NeedsWrapping),
            rules);
    }
}

/// <summary>What the policies say about one request.</summary>
/// <param name="IsRoot">Nothing was asked: the policy <c>root</c> is among them.</param>
/// <param name="Rule">What decided; null when no rule matches the path, which denies.</param>
internal sealed record AclAnswer(bool IsRoot, MergedRule? Rule)
{
    public Capabilities Capabilities => Rule?.Capabilities ?? Capabilities.None;

    public bool Grants(Capabilities capability) => IsRoot || Capabilities.HasFlag(capability) && !Rule!.NeedsWrapping;

    public string[] Names => IsRoot ? ["root"] : CapabilityNames.Of(Capabilities);
}

/// <summary>The policies of one caller together, with Vault's rules of priority.</summary>
internal sealed class Acl
{
    public const string Root = "root";

    /// <summary>Of somebody without policies.</summary>
    public static readonly Acl None = new(isRoot: false, [], entity: null);

    /// <summary>Of the policy <c>root</c>, inside of its organization.</summary>
    public static readonly Acl Everything = new(isRoot: true, [], entity: null);

    private readonly bool _isRoot;
    private readonly Dictionary<string, MergedRule> _exact = new(StringComparer.Ordinal);
    private readonly List<MergedRule> _open = [];

    /// <param name="isRoot">Whether everything is allowed.</param>
    /// <param name="rules">Of all policies; templates are filled with <paramref name="entity"/>.</param>
    /// <param name="entity">Behind the caller, when there is one.</param>
    public Acl(bool isRoot, IEnumerable<PolicyRule> rules, EntityFacts? entity)
    {
        _isRoot = isRoot;
        foreach (var same in rules.SelectMany(rule => PathTemplate.Fill(rule, entity))
            .GroupBy(rule => rule.Path, StringComparer.Ordinal))
        {
            var merged = MergedRule.Of(same.First().Pattern, [.. same]);
            if (merged.Pattern.IsExact)
            {
                _exact[merged.Pattern.Literal] = merged;
            }
            else
            {
                _open.Add(merged);
            }
        }
    }

    /// <summary>
    /// About how many bytes it takes to remember this. The rules are counted although they are often those of others with the same
    /// policies; those of templates are this caller's alone.
    /// </summary>
    public long Weight => _exact.Values.Concat(_open).Sum(merged => 200 + merged.Rules.Sum(rule => rule.Weight));

    /// <summary>What decides about a path: an exact rule, else the one of the highest priority among those that match.</summary>
    /// <param name="path">Behind <c>/v1/</c>.</param>
    /// <param name="isList">A list is asked for with a slash at the end, and rules for the path without it count too.</param>
    public AclAnswer Ask(string path, bool isList)
    {
        if (_isRoot)
        {
            return new AclAnswer(IsRoot: true, Rule: null);
        }

        var bare = isList ? path.TrimEnd('/') : path;
        var full = isList ? bare + "/" : path;
        return new AclAnswer(
            IsRoot: false,
            _exact.GetValueOrDefault(full)
                ?? (isList ? _exact.GetValueOrDefault(bare) ?? Highest(bare) : null)
                ?? Highest(full));
    }

    /// <summary>All rules that match, the one that decides first.</summary>
    public IReadOnlyList<MergedRule> Matching(string path, bool isList)
    {
        var decides = Ask(path, isList).Rule;
        var bare = isList ? path.TrimEnd('/') : path;
        return [.. _exact.Values.Concat(_open)
            .Where(rule => rule.Pattern.Matches(path) || rule.Pattern.Matches(bare) || (isList && rule.Pattern.Matches(bare + "/")))
            .OrderByDescending(rule => ReferenceEquals(rule, decides))
            .ThenByDescending(rule => rule.Pattern)];
    }

    private MergedRule? Highest(string path) => _open.Where(rule => rule.Pattern.Matches(path)).MaxBy(rule => rule.Pattern);
}
