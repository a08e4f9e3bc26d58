using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// Parsed templates by their text. A parsed template never changes and knows nothing of who renders it, so sharing one between
/// organizations shares nothing but the text they both wrote.
/// </summary>
internal sealed class TemplateCache
{
    /// <summary>
    /// Of source, all entries together. A parsed template of one action a few bytes takes up to some 50 times its source, so this is
    /// what bounds the memory: a test measures it.
    /// </summary>
    public const int MaxSourceBytes = 512 * 1024;

    private readonly ConcurrentDictionary<string, AgentTemplate> _parsed = new(StringComparer.Ordinal);
    private int _sourceBytes;

    public int SourceBytes => Volatile.Read(ref _sourceBytes);

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
        if (Interlocked.Add(ref _sourceBytes, template.SourceLength) > MaxSourceBytes)
        {
            _parsed.Clear();
            Volatile.Write(ref _sourceBytes, template.SourceLength);
        }

        _parsed[text] = template;
        return true;
    }
}
