using System.Text.Json;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Entities;

/// <summary>Which entities a list is about. Each part that is null lets all pass; together they all must hold.</summary>
/// <param name="NamePrefix">In any case of ASCII letters.</param>
/// <param name="Metadata">JSON object of pairs that must be there.</param>
/// <param name="Alias">The name of one of its aliases, in any case of ASCII letters.</param>
internal sealed record EntityFilter(string? NamePrefix, string? Metadata, string? Policy, string? Alias, bool? Disabled)
{
    private const string MetadataPrefix = "metadata.";

    public static readonly EntityFilter None = new(null, null, null, null, null);

    public bool IsNone => this == None;

    /// <summary>What an alias is called, few are, whatever else is asked for.</summary>
    public bool IsNarrow => Alias is not null;

    /// <summary>Reads <c>name_prefix</c>, <c>metadata.KEY</c>, <c>policy</c>, <c>alias</c> and <c>disabled</c>.</summary>
    public static Result<EntityFilter> Read(IQueryCollection query)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in query)
        {
            if (values.Append(name).Any(text => text?.Contains('\0', StringComparison.Ordinal) == true))
            {
                return Error.Malformed("a NUL character is in no stored text");
            }

            if (name.StartsWith(MetadataPrefix, StringComparison.Ordinal))
            {
                pairs[name[MetadataPrefix.Length..]] = values.ToString();
            }
        }

        bool? disabled = null;
        if (Text("disabled") is { } text)
        {
            if (!GoBool.TryParse(text, out var flag))
            {
                return Error.Malformed("disabled: use true or false");
            }

            disabled = flag;
        }

        return new EntityFilter(
            Text("name_prefix") is { } prefix ? EntityName.KeyOf(prefix) : null,
            pairs.Count > 0 ? JsonSerializer.Serialize(pairs) : null,
            Text("policy") is { } policy ? AsciiCase.Fold(policy.Trim()) : null,
            Text("alias") is { } alias ? AsciiCase.Fold(alias) : null,
            disabled);

        string? Text(string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
    }
}
