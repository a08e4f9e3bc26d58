using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Hoop.Cli.Gateway;

/// <summary>Bodies that come from options and files a member at a time, as the client's own.</summary>
internal static class Bodies
{
    /// <exception cref="CliFailure">A member has a value of another kind than the call takes.</exception>
    public static T As<T>(this JsonObject body, JsonTypeInfo<T> type)
    {
        try
        {
            return body.Deserialize(type)!;
        }
        catch (JsonException exception)
        {
            // The place, and never the value, which may be a secret.
            var member = exception.Path is ['$', '.', .. var path] ? path : "the body";
            throw new CliFailure($"{member}: a value of another kind is expected; see the API page of the gateway (/docs)");
        }
    }

    /// <exception cref="CliFailure">It is none.</exception>
    public static Guid Id(string text) => Guid.TryParseExact(text, "D", out var id)
        ? id
        : throw new CliFailure($"\"{text}\" is not an id, which looks like 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f");
}
