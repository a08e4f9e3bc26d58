using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Hoop.Cli.Federation;

/// <summary>
/// YAML for a small file of settings: one mapping, nested at most <see cref="MaxDepth"/> deep, with the merge keys of YAML 1.1
/// (https://yaml.org/type/merge.html) and the scalars of the core schema (YAML 1.2.2 section 10.3).
/// </summary>
internal static partial class PolicyYaml
{
    private const int MaxDepth = 32;

    /// <summary>How many mappings the merge keys of a file may bring in: chains and lists of them could multiply without end.</summary>
    private const int MaxMerges = 100;

    /// <summary>Keys and values of the file, merged.</summary>
    /// <exception cref="PolicyProblem">With the place.</exception>
    public static IReadOnlyList<(YamlScalarNode Key, YamlNode Value)> Read(string text) => Documents(text) is [YamlMappingNode root]
        ? Merged(root)
        : throw new PolicyProblem("expected one document of the form key: value");

    /// <summary>The documents of a file; one without content is left out.</summary>
    /// <exception cref="PolicyProblem">With the place.</exception>
    public static IReadOnlyList<YamlNode> Documents(string text)
    {
        try
        {
            CheckStructure(text);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return [.. yaml.Documents.Select(document => document.RootNode).Where(root => !IsNull(root))];
        }
        catch (YamlException exception)
        {
            throw new PolicyProblem(Explain(text, exception));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // The library's reader stands where it cannot go on: an open bracket before a line, two nodes where one belongs. It tells
            // no place.
            throw new PolicyProblem(CommonMistake(text)
                ?? "not readable as YAML: a value that begins with { or [ needs quotes, and one value belongs after each key");
        }
    }

    /// <summary>
    /// The entries of a mapping, with what its merge key brings in: its own win, then the earlier of the merged mappings.
    /// </summary>
    public static IReadOnlyList<(YamlScalarNode Key, YamlNode Value)> Merged(YamlMappingNode mapping)
    {
        var budget = MaxMerges;
        return [.. Merged(mapping, ref budget).Values];
    }

    private static Dictionary<string, (YamlScalarNode Key, YamlNode Value)> Merged(YamlMappingNode mapping, ref int budget)
    {
        if (budget-- < 0)
        {
            throw new PolicyProblem(mapping, $"more than {MaxMerges} mappings are merged");
        }

        var entries = new Dictionary<string, (YamlScalarNode, YamlNode)>(StringComparer.Ordinal);
        var merges = new List<YamlNode>();
        foreach (var (key, value) in mapping)
        {
            if (key is not YamlScalarNode { Value: { } name } scalar)
            {
                throw new PolicyProblem(key, "a key must be a text");
            }

            if (name == "<<" && scalar.Style == ScalarStyle.Plain)
            {
                merges.Add(value);
            }
            else if (!entries.TryAdd(name, (scalar, value)))
            {
                // The library counts two spellings of a key as one only when they carry the same tag.
                throw new PolicyProblem(key, $"the key {name} stands twice");
            }
        }

        foreach (var source in merges.SelectMany(merge => merge is YamlSequenceNode list ? list.Children : [merge]))
        {
            var merged = source as YamlMappingNode ?? throw new PolicyProblem(source, "<< takes a mapping, or a list of mappings");
            foreach (var (name, entry) in Merged(merged, ref budget))
            {
                entries.TryAdd(name, entry);
            }
        }

        return entries;
    }

    public static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Value: var text } scalar && IsPlain(scalar) && text is null or "" or "~" or "null" or "Null" or "NULL";

    /// <summary>A text, a boolean or a whole number.</summary>
    /// <exception cref="PolicyProblem">It is another kind of value.</exception>
    public static JsonValue Scalar(YamlScalarNode node, string name)
    {
        var text = node.Value ?? "";
        if (!IsPlain(node))
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when Whole(text) is { } number => JsonValue.Create(number),
            _ when Number().IsMatch(text) => throw new PolicyProblem(
                node, $"{name}: {text} is not a whole number of the kind 10 or 0x1F; put it in quotes when it is a text"),
            _ => JsonValue.Create(text),
        };
    }

    /// <summary>A whole number: decimal, <c>0x</c> or <c>0o</c>. Not <c>010</c>, which is eight to YAML 1.1 and ten to YAML 1.2.</summary>
    public static long? Whole(string text) => text switch
    {
        ['0', 'x', .. var digits] =>
            long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0
                ? number
                : null,
        ['0', 'o', .. var digits] when digits is { Length: > 0 and < 21 } && !digits.AsSpan().ContainsAnyExceptInRange('0', '7') =>
            Convert.ToInt64(digits, 8),
        ['0' or '+' or '-', '0', ..] or ['0', _, ..] => null,
        _ => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    private static bool IsPlain(YamlScalarNode node) => node.Style == ScalarStyle.Plain && (node.Tag.IsEmpty || node.Tag.IsNonSpecific);

    /// <summary>
    /// What the library's tree must not meet: nesting without end, which overflows the stack, and an alias whose anchor is not complete
    /// before it (YAML 1.2.2 section 3.2.2.2), which it would look for in circles.
    /// </summary>
    private static void CheckStructure(string text)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<string?>();
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case MappingStart or SequenceStart:
                    open.Push(NameOf(((NodeEvent)parser.Current).Anchor));
                    break;
                case MappingEnd or SequenceEnd when open.Pop() is { } complete:
                    anchors.Add(complete);
                    break;
                case Scalar { Anchor: var anchor } when NameOf(anchor) is { } named:
                    anchors.Add(named);
                    break;
                case AnchorAlias alias when !anchors.Contains(alias.Value.Value) || open.Contains(alias.Value.Value):
                    throw new PolicyProblem(
                        $"{Place(alias.Start)}*{alias.Value.Value} has no anchor &{alias.Value.Value} that is complete before it");
            }

            if (open.Count > MaxDepth)
            {
                throw new PolicyProblem($"{Place(parser.Current!.Start)}nested more than {MaxDepth} deep");
            }
        }

        static string? NameOf(AnchorName anchor) => anchor.IsEmpty ? null : anchor.Value;
    }

    /// <summary>
    /// The parser gives the place where an enclosing node began; the two mistakes that everybody makes have a place of their own.
    /// </summary>
    private static string Explain(string text, YamlException exception) =>
        CommonMistake(text) ?? Place(exception.Start) + (exception.InnerException?.Message ?? exception.Message);

    private static string? CommonMistake(string text)
    {
        var number = 0;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (TabIndentation().Match(line) is { Success: true } tab)
            {
                return $"{number}:{tab.Length}: a tab indents this line; YAML takes blanks only";
            }

            if (OpenTemplate().Match(line) is { Success: true } template)
            {
                return $"{number}:{template.Length}: put a template that begins with {{ in quotes";
            }
        }

        return null;
    }

    private static string Place(Mark mark) => string.Create(CultureInfo.InvariantCulture, $"{mark.Line}:{mark.Column}: ");

    [GeneratedRegex(@"^ *\t", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TabIndentation();

    [GeneratedRegex(@"^ *[a-z_]+: *\{(?=user\.)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OpenTemplate();

    /// <summary>What the core schema takes for a number, and what YAML 1.1 took for an octal one.</summary>
    [GeneratedRegex(
        @"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F]+|0o[0-7]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}

/// <summary>What is wrong with a policy file, as <c>line:column: reason</c>, or the reason alone.</summary>
internal sealed class PolicyProblem(string message) : Exception(message)
{
    public PolicyProblem(YamlNode at, string message)
        : this(string.Create(CultureInfo.InvariantCulture, $"{at.Start.Line}:{at.Start.Column}: {message}"))
    {
    }
}
