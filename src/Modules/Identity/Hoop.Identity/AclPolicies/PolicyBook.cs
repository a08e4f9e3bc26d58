using System.Collections.Concurrent;
using Hoop.Identity.AccessRules;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// Texts that were read already. What is remembered is what a text means, never who has it: a policy that changes is another text.
/// </summary>
internal sealed class PolicyBook
{
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<(string Name, string Text), IReadOnlyList<PolicyRule>> _read = new();
    private long _bytes;

    /// <summary>About how much is remembered: texts, and what was made of them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public static PolicyRule DenyAll(string name) => new(name, 1, "*", Capabilities.Deny, ParameterRules.None, NeedsWrapping: false);

    /// <summary>The rules of a stored policy. A text that cannot be read any more denies everything, instead of granting half.</summary>
    public IReadOnlyList<PolicyRule> Rules(string name, string text)
    {
        if (_read.TryGetValue((name, text), out var known))
        {
            return known;
        }

        var rules = PolicyDocument.Parse(name, text, out _)?.Rules
            ?? [DenyAll(name)];
        var weight = (text.Length * 2L) + rules.Sum(rule => rule.Weight);
        if (Interlocked.Add(ref _bytes, weight) > MostBytes)
        {
            _read.Clear();
            Interlocked.Exchange(ref _bytes, weight);
        }

        _read[(name, text)] = rules;
        return rules;
    }
}
