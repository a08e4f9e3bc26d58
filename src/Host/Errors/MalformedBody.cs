using System.Text.Json;
using Hoop.Shared.Results;

namespace Hoop.Host.Errors;

/// <summary>Says what is wrong with a body that could not be read, by member, and never repeats a value of it.</summary>
internal static class MalformedBody
{
    public static Error Explain(Exception exception)
    {
        if (Find(exception) is not { } json)
        {
            return Error.Malformed(
                exception is BadHttpRequestException bad && bad.Message.StartsWith("Implicit body", StringComparison.Ordinal)
                ? "a JSON body is required"
                : "the request could not be read: check the path parameters, the body and its Content-Type");
        }

        var member = json.Path?.TrimStart('$').TrimStart('.');
        if (string.IsNullOrEmpty(member))
        {
            return Error.Malformed($"the body is not a valid JSON object{Position(json)}");
        }

        return Error.Malformed($"{member}: has the wrong type or form{Position(json)}") with
        {
            Fields = new Dictionary<string, string>(StringComparer.Ordinal) { [member] = "has the wrong type or form" },
        };
    }

    private static JsonException? Find(Exception? exception) => exception switch
    {
        null => null,
        JsonException json => json,
        _ => Find(exception.InnerException),
    };

    private static string Position(JsonException json) =>
        json is { LineNumber: { } line, BytePositionInLine: { } column } ? $" (line {line + 1}, byte {column + 1})" : "";
}
