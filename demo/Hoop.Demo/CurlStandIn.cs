using System.Net.Http.Headers;
using System.Text;

namespace Hoop.Demo;

/// <summary>Stand-in for curl on machines without it: the few options that the story uses, one URL, the body and the status.</summary>
internal static class CurlStandIn
{
    public static async Task<int> Run(string[] arguments)
    {
        using var request = new HttpRequestMessage();
        string? body = null, status = null, method = null;
        var json = false;
        for (var at = 0; at < arguments.Length; at++)
        {
            switch (arguments[at])
            {
                case "-s":
                    break;
                case "-X":
                    method = arguments[++at];
                    break;
                case "-d":
                    body = arguments[++at];
                    break;
                case "-w":
                    status = arguments[++at];
                    break;
                case "-u":
                    request.Headers.Authorization = new AuthenticationHeaderValue(
                        "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(arguments[++at])));
                    break;
                case "-H":
                    var header = arguments[++at].Split(": ", 2);
                    json |= header is ["Content-Type", "application/json"];
                    if (header[0] != "Content-Type")
                    {
                        request.Headers.TryAddWithoutValidation(header[0], header[1]);
                    }

                    break;
                case var option when option.StartsWith('-'):
                    await Console.Error.WriteLineAsync($"curl stand-in: unknown option {option}");
                    return 2;
                case var url:
                    request.RequestUri = new Uri(url);
                    break;
            }
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, json ? "application/json" : "application/x-www-form-urlencoded");
        }

        request.Method = new HttpMethod(method ?? (body is null ? "GET" : "POST"));
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request);
        Console.Write(await answer.Content.ReadAsStringAsync());
        Console.Write(
            status?.Replace("\\n", "\n", StringComparison.Ordinal).Replace("%{http_code}", $"{(int)answer.StatusCode}",
                StringComparison.Ordinal));
        return 0;
    }
}
