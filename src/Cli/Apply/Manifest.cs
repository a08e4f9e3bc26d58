using System.Text.Json.Nodes;

namespace Hoop.Cli.Apply;

/// <summary>One document of the input: what somebody wants there to be.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Body">Its members, without <c>kind</c>.</param>
/// <param name="Place">File and line, for messages.</param>
internal sealed record Manifest(ManifestKind Kind, JsonObject Body, string Place)
{
    /// <summary>What tells it from others of its kind.</summary>
    public string Name => Kind.NameOf(Body);

    public CliFailure Problem(string message) => new($"{Place}: {message}");
}

/// <summary>One resource that is there, in the words of a manifest.</summary>
/// <param name="Name">As <see cref="Manifest.Name"/> would be.</param>
/// <param name="Body">Its members, references as names.</param>
/// <param name="Id">For its address.</param>
/// <param name="Owner">Who looks after it, when that is not the user: it is neither changed nor pruned.</param>
internal sealed record Existing(string Name, JsonObject Body, string Id, string? Owner = null);

/// <summary>What is not as it should be. A secret's values are never in it.</summary>
/// <param name="Field">Of the manifest.</param>
/// <param name="From">What is there; null for nothing, or where it is not shown.</param>
/// <param name="To">What is wanted; null as well.</param>
internal sealed record Difference(string Field, JsonNode? From, JsonNode? To);
