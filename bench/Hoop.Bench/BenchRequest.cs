using System.Net.Http.Headers;
using System.Text;

namespace Hoop.Bench;

/// <param name="Body">Empty: none. In a template <c>@N@</c> stands for a text that each request makes anew.</param>
/// <param name="Expected">What <c>check</c> compares the answer with.</param>
internal sealed record BenchRequest(string Method, string Path, string? Token, string Body, string Expected)
{
    public const string Unique = "@N@";

    /// <summary>As <c>requests.lua</c> reads it.</summary>
    public string Line => string.Join('\t', Method, Path, Token, Body);

    public async Task<(int Status, string Body)> Send(HttpClient client, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(new HttpMethod(Method), Path);
        if (Token is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        if (Body.Length > 0)
        {
            message.Content = new StringContent(
                Body.Replace(Unique, $"look-{Guid.NewGuid():N}", StringComparison.Ordinal), Encoding.UTF8, "application/json");
        }

        using var answer = await client.SendAsync(message, cancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }
}
