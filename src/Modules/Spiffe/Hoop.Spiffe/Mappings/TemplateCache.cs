using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// Parsed templates by their text. A parsed template never changes and knows nothing of who renders it, so sharing one between
/// organizations shares nothing but the text they both wrote.
/// </summary>
internal sealed class TemplateCache
{
    private const int Capacity = 4_096;

    private readonly ConcurrentDictionary<string, AgentTemplate> _parsed = new(StringComparer.Ordinal);

    /// <param name="error">Only for a template that was stored by other means than the API, which parses before it stores.</param>
    public bool TryGet(string text, [NotNullWhen(true)] out AgentTemplate? template, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (_parsed.TryGetValue(text, out template))
        {
            return true;
        }

        if (!AgentTemplate.TryParse(text, out template, out var problem))
        {
            error = problem.ToString();
            return false;
        }

        // Parsing takes microseconds, so starting over is simpler than choosing what to drop.
        if (_parsed.Count >= Capacity)
        {
            _parsed.Clear();
        }

        _parsed[text] = template;
        return true;
    }
}
