using System.Text.Json.Nodes;

namespace Hoop.Bench;

/// <summary>What an answer must look like. Speed with wrong answers counts as zero.</summary>
internal static class Answers
{
    public static string? PlainText(BenchRequest request, int status, string body) =>
        status == 200 && body == request.Expected ? null : Problem(status, body);

    /// <summary>The mapping that won is the expected one.</summary>
    public static string? Resolved(BenchRequest request, int status, string body) =>
        status == 200
            && JsonNode.Parse(body) is { } answer
            && (string?)answer["mapping"]?["id"] == request.Expected
            && (string?)answer["agent_name"] == "agent-0" ? null : Problem(status, body);

    /// <summary>The caller is the expected agent or the operator.</summary>
    public static string? Who(BenchRequest request, int status, string body) =>
        status == 200 && JsonNode.Parse(body) is { } answer && (string?)answer["subject"] == request.Expected
            ? null
            : Problem(status, body);

    public static string? Created(BenchRequest request, int status, string body) =>
        status == 201
            && JsonNode.Parse(body) is { } answer
            && ((string?)answer["spiffe_id"])?.StartsWith(request.Expected, StringComparison.Ordinal) == true
                ? null
                : Problem(status, body);

    /// <summary>Both programs must answer a request with the same JSON, or the comparison is of two different things.</summary>
    /// <param name="differing">Members that cannot be equal.</param>
    public static async Task DemandSame(
        Bed bed, IEnumerable<BenchRequest> requests, Action<JsonNode> differing, CancellationToken cancellationToken)
    {
        using var gateway = new HttpClient { BaseAddress = bed.Gateway.Address };
        using var bare = new HttpClient { BaseAddress = bed.Bare.Address };
        foreach (var request in requests)
        {
            var (mine, other) = (await request.Send(gateway, cancellationToken), await request.Send(bare, cancellationToken));
            var (left, right) = (JsonNode.Parse(mine.Body), JsonNode.Parse(other.Body));
            differing(left!);
            differing(right!);
            if (mine.Status != other.Status || !JsonNode.DeepEquals(left, right))
            {
                throw new BenchException(
                    $"the gateway and the bare program answer {request.Method} {request.Path} {request.Body} differently: {mine} and {other}");
            }
        }
    }

    private static string Problem(int status, string body) => $"answer {status}: {(body.Length > 200 ? body[..200] : body)}";
}
