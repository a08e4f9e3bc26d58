using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hoop.GoTemplates;
using Hoop.Shared;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// A parsed <c>agent_template</c>: a Go template over the two strings <c>.WorkloadIdentifier</c> and <c>.SPIFFEID</c> whose output,
/// without surrounding white space, names an agent.
/// </summary>
internal sealed class AgentTemplate
{
    /// <summary>The agent name that comes out, in bytes.</summary>
    public const int NameBytes = 255;

    private static readonly TemplateFields Fields = new("agent_template", "spiffe.TemplateData", "WorkloadIdentifier", "SPIFFEID");

    private readonly GoTemplate _template;

    private AgentTemplate(GoTemplate template) => _template = template;

    public int SourceLength => _template.SourceLength;

    /// <summary>Parses a template when a mapping is written.</summary>
    /// <param name="error">What is wrong, and where.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out AgentTemplate? template, [NotNullWhen(false)] out TemplateError? error)
    {
        template = GoTemplate.TryParse(text, Fields, out var parsed, out error) ? new AgentTemplate(parsed) : null;
        return template is not null;
    }

    /// <summary>
    /// The agent name or id for one identity: the output without surrounding white space, which must satisfy
    /// <see cref="ResourceName"/>.
    /// </summary>
    /// <param name="error">For the log and for an administrator who asks why nothing matched; holds no part of the data.</param>
    public bool TryRender(
        string workloadIdentifier, string spiffeId, [NotNullWhen(true)] out string? name, [NotNullWhen(false)] out string? error)
    {
        name = null;
        if (!_template.TryRender([workloadIdentifier, spiffeId], out var output, out error))
        {
            return false;
        }

        var trimmed = Encoding.UTF8.GetString(output).Trim();
        if (trimmed.Length == 0)
        {
            error = "the agent template rendered to nothing";
        }
        else if (Encoding.UTF8.GetByteCount(trimmed) > NameBytes)
        {
            error = $"the agent template rendered to more than {NameBytes} bytes";
        }
        else if (!ResourceName.IsValid(trimmed))
        {
            error = "the agent template rendered to something that is not an agent name";
        }
        else
        {
            name = trimmed;
        }

        return error is null;
    }
}
