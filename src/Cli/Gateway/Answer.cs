using System.Net;
using System.Text.Json;

namespace Hoop.Cli.Gateway;

/// <summary>What the gateway answered.</summary>
/// <param name="Token">What is known of the token that was sent: where it came from, and when it expired.</param>
/// <param name="NextCursor">Set when a list goes on.</param>
/// <param name="RetryAfter">When to come again, as the gateway or what stands before it says: seconds or a date.</param>
internal sealed record Answer(
    HttpMethod Method, Uri Address, HttpStatusCode Status, string Text, string Token, string? NextCursor, string? RetryAfter = null)
{
    public bool IsGood => Status is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent;

    /// <summary>Nothing to show (204).</summary>
    public bool IsEmpty => Text.Length == 0;

    /// <summary>The resource.</summary>
    public JsonElement Object => Parse(JsonValueKind.Object);

    /// <summary>The resources of a list; <c>null</c> stands for none.</summary>
    public IReadOnlyList<JsonElement> List =>
        Root is { ValueKind: JsonValueKind.Null } ? [] : [.. Parse(JsonValueKind.Array).EnumerateArray()];

    /// <summary>This answer, when it is a good one.</summary>
    /// <exception cref="CliFailure">It is not.</exception>
    public Answer OrFail() => IsGood ? this : throw Refusal.Of(this);

    private JsonElement? Root
    {
        get
        {
            try
            {
                return field ??= JsonElement.Parse(Text);
            }
            catch (JsonException)
            {
                throw new CliFailure($"{Address} did not answer with JSON: is it a Hoop gateway?");
            }
        }
    }

    private JsonElement Parse(JsonValueKind kind) => Root is { } root && root.ValueKind == kind
        ? root
        : throw new CliFailure($"{Address} did not answer with the expected JSON: is it a Hoop gateway of this version?");
}
