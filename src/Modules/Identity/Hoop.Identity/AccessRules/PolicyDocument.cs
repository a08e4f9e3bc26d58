using System.Text.Json;

namespace Hoop.Identity.AccessRules;

/// <summary>
/// A policy that was read: its rules. A repeated path, a repeated or unknown key and a wrong value are told with line and column; nothing
/// is taken as something else (hashicorp/vault#30386, #15368).
/// </summary>
internal sealed class PolicyDocument
{
    public const int MaxRules = 4096;

    /// <summary>Names and values of parameters of one policy, all paths together: each is kept as a value of its own.</summary>
    public const int MaxParameters = 4096;

    private PolicyDocument(IReadOnlyList<PolicyRule> rules) => Rules = rules;

    public IReadOnlyList<PolicyRule> Rules { get; }

    /// <param name="name">The policy's, which its rules carry.</param>
    /// <param name="text">HCL or JSON.</param>
    /// <param name="problem">One line for its author; null when the text is a policy.</param>
    public static PolicyDocument? Parse(string name, string text, out string? problem)
    {
        try
        {
            problem = null;
            return new PolicyDocument(Read(name, PolicySyntax.Parse(text)));
        }
        catch (PolicyException exception)
        {
            problem = exception.Told;
            return null;
        }
    }

    /// <summary>
    /// A deny decides only where no rule of higher priority matches. Where one matches all that the deny matches, the deny never acts
    /// (hashicorp/vault#8813).
    /// </summary>
    public IEnumerable<string> Warnings() =>
        from deny in Rules
        where deny.IsDeny && !deny.IsTemplate
        let above = Rules.FirstOrDefault(
            other => !other.IsDeny && !other.IsTemplate && other.Pattern.CompareTo(deny.Pattern) > 0 && other.Pattern.Covers(deny.Pattern))
        where above is not null
        select $"the deny on \"{deny.Path}\" (line {deny.Line}) never acts: \"{above.Path}\" (line {above.Line}) matches all that it matches, and has the higher priority";

    private static List<PolicyRule> Read(string name, IReadOnlyList<Member> members)
    {
        var (rules, parameters) = (new List<PolicyRule>(), 0);
        var paths = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in members)
        {
            switch (member.Name)
            {
                case "name" when member.Labels.Count == 0:
                    if (!seen.Add("name"))
                    {
                        throw At(member, "name is given twice");
                    }

                    Text(member.Value, "name");
                    break;
                case "path":
                    foreach (var (path, body, at) in Paths(member))
                    {
                        // With and without a slash in front it is one path.
                        if (!paths.TryAdd(PolicyRuleReader.Trimmed(path), at.Line))
                        {
                            throw At(
                                at, $"path \"{Lexeme.Shorten(path)}\" is given twice (first on line {paths[PolicyRuleReader.Trimmed(path)]})");
                        }

                        rules.Add(PolicyRuleReader.Read(name, path, body, at));
                        if (rules.Count > MaxRules)
                        {
                            throw At(at, $"more than {MaxRules} paths");
                        }

                        if ((parameters += rules[^1].Parameters.Count) > MaxParameters)
                        {
                            throw At(at, $"more than {MaxParameters} names and values of parameters in one policy");
                        }
                    }

                    break;
                default:
                    throw At(member, $"unknown key \"{Lexeme.Shorten(member.Name)}\": a policy has path and name");
            }
        }

        return rules;
    }

    // HCL: path "x" { }, or path { "x" { } }. JSON: "path": { "x": { } }, and a list of such objects.
    private static IEnumerable<(string Path, Node Body, Member At)> Paths(Member member)
    {
        if (member.Labels is [var path])
        {
            yield return (path, Object(member.Value, $"path \"{Lexeme.Shorten(path)}\""), member);
            yield break;
        }

        if (member.Labels.Count > 1)
        {
            throw At(member, "a path has one text");
        }

        var groups = member.Value.Kind == NodeKind.List ? member.Value.Items : [member.Value];
        foreach (var one in groups.SelectMany(group => Object(group, "path").Members))
        {
            var body = one.Value is { Kind: NodeKind.List, Items: [var only] } ? only : one.Value;
            yield return one.Labels.Count > 0
                ? throw At(one, "a path has one text")
                : (one.Name, Object(body, $"path \"{Lexeme.Shorten(one.Name)}\""), one);
        }
    }

    public static Node Object(Node node, string what) => node.Kind == NodeKind.Object
        ? node
        : throw new PolicyException(node.Line, node.Column, $"{what}: expected {{ }}");

    public static string Text(Node node, string what) => node.Kind == NodeKind.Text
        ? node.Text
        : throw new PolicyException(node.Line, node.Column, $"{what}: expected a string");

    public static PolicyException At(Member member, string problem) => new(member.Line, member.Column, problem);
}

/// <summary>What stands inside of one <c>path</c>.</summary>
internal static class PolicyRuleReader
{
    public static string Trimmed(string path) => path.StartsWith('/') ? path[1..] : path;

    public static PolicyRule Read(string name, string path, Node body, Member at)
    {
        var shown = Lexeme.Shorten(path);
        var trimmed = Trimmed(path);
        if (trimmed.Contains("+*", StringComparison.Ordinal))
        {
            throw PolicyDocument.At(at, $"path \"{shown}\": invalid use of wildcards ('+*' is forbidden)");
        }

        if (PathTemplate.ProblemOf(trimmed) is { } problem)
        {
            throw PolicyDocument.At(at, $"path \"{shown}\": {problem}");
        }

        var (capabilities, shortForm, parameters, wrapping) = (default(Capabilities?), default(Capabilities?), ParameterRules.None, false);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in body.Members)
        {
            if (member.Labels.Count > 0 || !seen.Add(member.Name))
            {
                throw PolicyDocument.At(member, $"path \"{shown}\": {Lexeme.Shorten(member.Name)} is given twice");
            }

            switch (member.Name)
            {
                case "capabilities":
                    capabilities = ReadCapabilities(member.Value, shown);
                    break;
                case "policy":
                    var word = PolicyDocument.Text(member.Value, $"path \"{shown}\": policy");
                    shortForm = CapabilityNames.OfShortForm(word)
                        ?? throw new PolicyException(
                            member.Value.Line, member.Value.Column, $"path \"{shown}\": invalid policy '{Lexeme.Shorten(word)}'");
                    break;
                case "required_parameters":
                    parameters = parameters with { Required = [.. Texts(member.Value, shown, member.Name).Select(Lower)] };
                    break;
                case "allowed_parameters":
                    parameters = parameters with { Allowed = Values(member.Value, shown, member.Name) };
                    break;
                case "denied_parameters":
                    parameters = parameters with { Denied = Values(member.Value, shown, member.Name) };
                    break;
                case "min_wrapping_ttl" or "max_wrapping_ttl":
                    wrapping |= NeedsWrapping(member.Value, shown, member.Name);
                    break;
                default:
                    throw PolicyDocument.At(member, $"path \"{shown}\": unknown key \"{Lexeme.Shorten(member.Name)}\"");
            }
        }

        var granted = (capabilities ?? Capabilities.None) | (shortForm ?? Capabilities.None);
        return new PolicyRule(
            name,
            at.Line,
            trimmed,
            granted.HasFlag(Capabilities.Deny) ? Capabilities.Deny : granted,
            parameters,
            wrapping);
    }

    private static Capabilities ReadCapabilities(Node node, string path)
    {
        var all = Capabilities.None;
        foreach (var item in node.Kind == NodeKind.List
            ? node.Items
            : throw new PolicyException(node.Line, node.Column, $"path \"{path}\": capabilities: expected a list of strings"))
        {
            var word = PolicyDocument.Text(item, $"path \"{path}\": capabilities");
            all |= CapabilityNames.Of(word)
                ?? throw new PolicyException(item.Line, item.Column, $"path \"{path}\": invalid capability '{Lexeme.Shorten(word)}'");
        }

        return all;
    }

    private static IEnumerable<string> Texts(Node node, string path, string key) => node.Kind == NodeKind.List
        ? node.Items.Select(item => PolicyDocument.Text(item, $"path \"{path}\": {key}"))
        : throw new PolicyException(node.Line, node.Column, $"path \"{path}\": {key}: expected a list of strings");

    private static Dictionary<string, IReadOnlyList<JsonElement>> Values(Node node, string path, string key)
    {
        var rules = new Dictionary<string, IReadOnlyList<JsonElement>>(StringComparer.Ordinal);
        foreach (var member in PolicyDocument.Object(node, $"path \"{path}\": {key}").Members)
        {
            if (member.Labels.Count > 0 || member.Value.Kind != NodeKind.List)
            {
                throw new PolicyException(
                    member.Value.Line, member.Value.Column, $"path \"{path}\": {key}: expected a list of values for each parameter");
            }

            if (!rules.TryAdd(Lower(member.Name), [.. member.Value.Items.Select(item => Value(item, path, key))]))
            {
                throw PolicyDocument.At(member, $"path \"{path}\": {key}: {Lexeme.Shorten(member.Name)} is given twice");
            }
        }

        return rules;
    }

    private static JsonElement Value(Node node, string path, string key)
    {
        try
        {
            return node.Kind switch
            {
                NodeKind.Text => JsonSerializer.SerializeToElement(node.Text),
                NodeKind.Number or NodeKind.Flag or NodeKind.Null => JsonElement.Parse(node.Text),
                _ => throw new PolicyException(node.Line, node.Column, $"path \"{path}\": {key}: expected texts, numbers and truth values"),
            };
        }
        catch (JsonException)
        {
            throw new PolicyException(node.Line, node.Column, $"path \"{path}\": {key}: '{Lexeme.Shorten(node.Text)}' is no number");
        }
    }

    private static bool NeedsWrapping(Node node, string path, string key) =>
        node.Kind is NodeKind.Text or NodeKind.Number && Vault.VaultDuration.TryParse(node.Text, out var duration)
            ? duration > TimeSpan.Zero
            : throw new PolicyException(node.Line, node.Column, $"path \"{path}\": {key}: expected a duration");

    private static string Lower(string text) => text.ToLowerInvariant();
}
