namespace Hoop.Spiffe.Mappings;

/// <summary>One line of an import: a mapping, or what is wrong with it.</summary>
/// <param name="Number">As people count lines.</param>
/// <param name="Mapping">With an id of its own; only where there is no problem.</param>
internal sealed record MappingLine(long Number, Mapping? Mapping, FluentValidation.Results.ValidationFailure? Problem = null)
{
    /// <summary>What must be one of a kind, and the order in which rows are locked.</summary>
    public string Match => Mapping!.SpiffeId ?? Mapping.SpiffePrefix!;
}

/// <summary>
/// Lines that one transaction writes, with all that its statements take: made while the chunk before is written, so that the database
/// waits for nothing.
/// </summary>
internal sealed class MappingChunk
{
    public MappingChunk(IReadOnlyList<MappingLine> lines, Guid orgId)
    {
        Lines = lines;
        if (lines.Count == 0 || Bad is not null)
        {
            return;
        }

        InOrder = [.. lines.OrderBy(line => line.Match, StringComparer.Ordinal)];
        Mappings = [.. InOrder.Select(line => line.Mapping!)];
        Rows = new MappingRows(InOrder);
        Keys = [.. Mappings.Select(mapping => Mapping.KeyOf(orgId, mapping.SpiffeId)).Distinct(StringComparer.Ordinal)];
        AgentIds = [.. Mappings.Select(mapping => mapping.AgentId).OfType<Guid>().Distinct()];
    }

    /// <summary>As they came.</summary>
    public IReadOnlyList<MappingLine> Lines { get; }

    /// <summary>The line that cannot be written. Nothing is read after it, so it is the last one.</summary>
    public MappingLine? Bad => Lines is [.., { Problem: not null } last] ? last : null;

    /// <summary>
    /// Everybody takes the rows of a chunk in this order, so that two imports of the same do not wait for each other in a circle.
    /// </summary>
    public IReadOnlyList<MappingLine> InOrder { get; } = [];

    /// <summary>In the same order.</summary>
    public IReadOnlyList<Mapping> Mappings { get; } = [];

    public MappingRows Rows { get; } = new([]);

    /// <summary>What is announced of them.</summary>
    public IReadOnlyList<string> Keys { get; } = [];

    public Guid[] AgentIds { get; } = [];
}

/// <summary>The columns of lines, as arguments.</summary>
internal sealed class MappingRows(IReadOnlyList<MappingLine> lines)
{
    public Guid[] Ids { get; } = [.. lines.Select(line => line.Mapping!.Id)];

    public string[] TrustDomains { get; } = [.. lines.Select(line => line.Mapping!.TrustDomain)];

    public string?[] SpiffeIds { get; } = [.. lines.Select(line => line.Mapping!.SpiffeId)];

    public string?[] SpiffePrefixes { get; } = [.. lines.Select(line => line.Mapping!.SpiffePrefix)];

    public string?[] AgentTexts { get; } = [.. lines.Select(line => line.Mapping!.AgentId?.ToString())];

    public string?[] AgentTemplates { get; } = [.. lines.Select(line => line.Mapping!.AgentTemplate)];

    /// <summary>One text each: no name holds a control character, and arrays in an array would have to be of one length.</summary>
    public string[] GroupTexts { get; } = [.. lines.Select(line => string.Join('\u001f', line.Mapping!.Groups))];
}
