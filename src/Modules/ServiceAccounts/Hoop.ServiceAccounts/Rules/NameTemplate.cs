using System.Text;
using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>
/// The name of the account that results, such as <c>k8s:{/kubernetes.io/namespace}/{/kubernetes.io/serviceaccount/name}</c>. Two inputs
/// never reach one name: between two claims stands a character that neither of them may hold, and a token in which one does is refused.
/// </summary>
internal sealed class NameTemplate
{
    private const int MaxName = 255;
    private const string Usual = "-._";

    // What is legal in claims whose grammar is known.
    private static readonly Dictionary<string, string> LegalIn = new(StringComparer.Ordinal)
    {
        ["sub"] = ":/@",
        ["repository"] = "/",
        ["ref"] = "/@#,!=+",
        ["head_ref"] = "/@#,!=+",
        ["workflow_ref"] = "/@#,!=+",
        ["job_workflow_ref"] = "/@#,!=+",
        ["project_path"] = "/",
        ["namespace_path"] = "/",
    };

    private readonly IReadOnlyList<(string Text, bool IsClaim)> _parts;
    private readonly string _reserved;

    private NameTemplate(IReadOnlyList<(string Text, bool IsClaim)> parts, string reserved) => (_parts, _reserved) = (parts, reserved);

    public static Result<NameTemplate> Parse(string text)
    {
        if (text.Length is 0 or > MaxName || text.Any(char.IsControl))
        {
            return Bad($"1 to {MaxName} characters, without control characters");
        }

        var parts = new List<(string Text, bool IsClaim)>();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf('{', at);
            var literal = open < 0 ? text[at..] : text[at..open];
            if (literal.Contains('}', StringComparison.Ordinal))
            {
                return Bad("a } without a { before it");
            }

            if (literal.Length > 0)
            {
                parts.Add((literal, false));
            }

            if (open < 0)
            {
                break;
            }

            var close = text.IndexOf('}', open);
            if (close < 0 || !ClaimPath.IsOne(text[(open + 1)..close]) || text[(open + 1)..close].Contains('{', StringComparison.Ordinal))
            {
                return Bad("write each claim as {name}");
            }

            parts.Add((text[(open + 1)..close], true));
            at = close + 1;
        }

        return Check(parts);
    }

    /// <summary>The name; null with the reason when a claim is missing or holds what would make two names one.</summary>
    public string? Render(JsonElement claims, out string? problem)
    {
        var name = new StringBuilder();
        foreach (var (text, isClaim) in _parts)
        {
            if (!isClaim)
            {
                name.Append(text);
                continue;
            }

            if (ClaimPath.Find(claims, text) is not { ValueKind: JsonValueKind.String or JsonValueKind.Number } found
                || found.ToString() is not { Length: > 0 } value)
            {
                problem = $"the claim {Printable.Word(text)} of the account's name is missing or no text";
                return null;
            }

            if (value.AsSpan().IndexOfAny(_reserved) is >= 0 and var at)
            {
                problem = $"the claim {Printable.Word(text)} holds \"{value[at]}\", which divides the parts of the account's name";
                return null;
            }

            name.Append(value);
        }

        problem = name.Length > MaxName || name.ToString().Any(char.IsControl) ? $"the account's name is longer than {MaxName}" : null;
        return problem is null ? name.ToString() : null;
    }

    private static Result<NameTemplate> Check(List<(string Text, bool IsClaim)> parts)
    {
        var claims = parts.Where(part => part.IsClaim).Select(part => part.Text).ToList();
        var reserved = new HashSet<char>();
        for (var at = 1; at < parts.Count; at++)
        {
            if (parts[at].IsClaim && parts[at - 1].IsClaim)
            {
                return Bad($"between {{{parts[at - 1].Text}}} and {{{parts[at].Text}}} stands nothing, so two inputs could reach one name");
            }

            if (parts[at].IsClaim || at + 1 == parts.Count || !parts[at - 1].IsClaim)
            {
                continue;
            }

            var dividers = parts[at].Text.Where(character => !char.IsLetterOrDigit(character) && !Usual.Contains(character)
                && !claims.Any(claim => LegalIn.GetValueOrDefault(claim, "").Contains(character))).ToList();
            if (dividers.Count == 0)
            {
                return Bad(
                    $"\"{parts[at].Text}\" may stand in the parts themselves, so two inputs could reach one name; divide them with a character that none of them holds, such as : or /");
            }

            reserved.UnionWith(dividers);
        }

        return claims.Count == 0
            ? Bad("name at least one claim as {claim}")
            : new NameTemplate(parts, new string([.. reserved]));
    }

    private static Error Bad(string reason) => Error.Invalid($"account_name: {reason}");
}
