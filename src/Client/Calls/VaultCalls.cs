using System.Text.Json;
using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>
/// The surface that follows Vault, by its paths: <c>identity/entity/name/jane</c>, <c>sys/policies/acl/readers</c>. Bodies and answers
/// are what Vault's are, so they are JSON here.
/// </summary>
public sealed class VaultCalls
{
    private readonly HoopConnection _wire;

    internal VaultCalls(HoopConnection wire) => _wire = wire;

    /// <summary>Any call of this surface, whatever is answered.</summary>
    /// <param name="method">Of HTTP.</param>
    /// <param name="path">Behind <c>/v1/</c>, with its query; parts that come from elsewhere are escaped.</param>
    /// <param name="body">A JSON object; null for none.</param>
    public Task<HoopAnswer> Send(
        HttpMethod method, string path, JsonElement? body = null, CancellationToken cancellationToken = default) =>
        _wire.Send(
            new HoopCall(method, "/v1/" + path)
            {
                Content = body is { } given ? HoopJson.Content(given, HoopJson.Default.JsonElement) : null,
            },
            cancellationToken);

    /// <summary>The <c>data</c> at a path; null when there is nothing.</summary>
    /// <param name="path">Behind <c>/v1/</c>; parts that come from elsewhere are escaped.</param>
    public async Task<JsonElement?> Read(string path, CancellationToken cancellationToken = default)
    {
        var answer = await _wire.Send(new HoopCall(HttpMethod.Get, "/v1/" + path), cancellationToken);
        return answer.Status == System.Net.HttpStatusCode.NotFound ? null : DataOf(answer.OrThrow());
    }

    /// <summary>The keys below a path; none is an empty list.</summary>
    public async Task<IReadOnlyList<string>> List(string path, CancellationToken cancellationToken = default) =>
        await Read(path + "?list=true", cancellationToken) is { } data && data.TryGetProperty("keys", out var keys)
            ? [.. keys.EnumerateArray().Select(key => key.GetString()!)]
            : [];

    /// <summary>Writes, and answers the <c>data</c> that came back, if any.</summary>
    /// <param name="path">Behind <c>/v1/</c>.</param>
    /// <param name="body">A JSON object.</param>
    public async Task<JsonElement?> Write(string path, JsonElement body, CancellationToken cancellationToken = default) => DataOf(
        (await _wire.Send(
            new HoopCall(HttpMethod.Post, "/v1/" + path) { Content = HoopJson.Content(body, HoopJson.Default.JsonElement) },
            cancellationToken)).OrThrow());

    public async Task Delete(string path, CancellationToken cancellationToken = default) =>
        (await _wire.Send(new HoopCall(HttpMethod.Delete, "/v1/" + path), cancellationToken)).OrThrow();

    private static JsonElement? DataOf(HoopAnswer answer)
    {
        if (answer.IsEmpty)
        {
            return null;
        }

        try
        {
            var root = JsonElement.Parse(answer.Text);
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data)
                && data.ValueKind != JsonValueKind.Null
                ? data
                : null;
        }
        catch (JsonException exception)
        {
            throw new HoopException($"{answer.Address} did not answer with JSON: is it a Hoop gateway?", exception);
        }
    }
}
