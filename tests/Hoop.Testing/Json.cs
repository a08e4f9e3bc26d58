using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Hoop.Testing;

/// <summary>An answer as a test looks at it: status and JSON.</summary>
/// <param name="Body">Undefined when there is none.</param>
public sealed record Reply(HttpStatusCode Status, JsonElement Body, HttpResponseMessage Response)
{
    /// <summary>The message of an <c>/api</c> error.</summary>
    public string? Message =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("message", out var message) ? message.GetString() : null;

    /// <summary>The stable code of an <c>/api</c> error.</summary>
    public string? Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public JsonElement this[string member] => Body.GetProperty(member);

    public string? Text(string member) => Body.GetProperty(member).GetString();
}

public static class Json
{
    public static Task<Reply> Get(this HttpClient client, string path) => client.Send(HttpMethod.Get, path);

    public static Task<Reply> Post(this HttpClient client, string path, object? body = null) => client.Send(HttpMethod.Post, path, body);

    public static Task<Reply> Put(this HttpClient client, string path, object? body = null) => client.Send(HttpMethod.Put, path, body);

    public static Task<Reply> Delete(this HttpClient client, string path) => client.Send(HttpMethod.Delete, path);

    /// <param name="client">Who asks.</param>
    /// <param name="method">Any method, also <c>LIST</c>.</param>
    /// <param name="path">With query.</param>
    /// <param name="body">A string is sent as it is, everything else as JSON.</param>
    public static async Task<Reply> Send(this HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body),
        };
        return await client.Ask(request);
    }

    /// <summary>A request that is made elsewhere, with headers of its own.</summary>
    public static async Task<Reply> Ask(this HttpClient client, HttpRequestMessage request)
    {
        var response = await client.SendAsync(request);
        var content = await response.Content.ReadAsStringAsync();
        var json = response.Content.Headers.ContentType?.MediaType == "application/json" && content.Length > 0
            ? JsonDocument.Parse(content).RootElement
            : default;
        return new Reply(response.StatusCode, json, response);
    }
}
