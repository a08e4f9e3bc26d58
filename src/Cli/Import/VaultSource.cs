using System.Net;
using System.Text.Json;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <summary>A Vault, or whatever speaks as one, that is read and never written.</summary>
/// <param name="settings">Address and token of the Vault.</param>
/// <param name="space">Its namespace; empty for none.</param>
/// <param name="patience">How long to wait for an answer.</param>
/// <param name="debug">Is told each request and its status.</param>
internal sealed class VaultSource(Settings settings, string space, TimeSpan patience, Action<string>? debug)
{
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)];

    private readonly HttpClient _http = Connection.Open(settings, patience);

    public string Authority => settings.Authority;

    /// <summary>The keys of a list; none is an empty one.</summary>
    public async Task<IReadOnlyList<string>> List(string path, CancellationToken stop) =>
        await Read(path + "?list=true", stop) is { } data ? data.Texts("keys") : [];

    /// <summary>What stands under <c>data</c>; null when there is nothing.</summary>
    /// <param name="path">Behind <c>/v1/</c>; parts that come from elsewhere are escaped.</param>
    /// <exception cref="CliFailure">It cannot be read.</exception>
    public async Task<JsonElement?> Read(string path, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (status, text) = await Once(path, stop);
            var mayPass = status is null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
            if (mayPass && attempt < Pauses.Length)
            {
                await Task.Delay(Pauses[attempt], stop);
                continue;
            }

            return status switch
            {
                HttpStatusCode.OK => DataOf(text),
                HttpStatusCode.NotFound => null,
                null => throw new CliFailure($"cannot reach {Authority}: {text}"),
                _ => throw new CliFailure($"{Authority} refuses to read {path}: {Told(text)} ({(int)status}){NextStep(status.Value)}"),
            };
        }
    }

    private async Task<(HttpStatusCode? Status, string Text)> Once(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(settings.ApiUrl.AbsoluteUri.TrimEnd('/') + "/v1/" + path));
        request.Headers.Add("X-Vault-Token", settings.Token);
        request.Headers.Add("X-Vault-Request", "true");
        if (space.Length > 0)
        {
            request.Headers.Add("X-Vault-Namespace", space);
        }

        try
        {
            using var response = await _http.SendAsync(request, stop);
            debug?.Invoke($"debug: GET {request.RequestUri} -> {(int)response.StatusCode}");
            return (response.StatusCode, await response.Content.ReadAsStringAsync(stop));
        }
        catch (HttpRequestException exception)
        {
            return (null, exception.InnerException?.Message ?? exception.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, $"no answer within {patience.TotalSeconds:F0} s");
        }
    }

    private JsonElement? DataOf(string text)
    {
        try
        {
            return JsonElement.Parse(text).Member("data");
        }
        catch (JsonException)
        {
            throw new CliFailure($"{Authority} did not answer with JSON: is it a Vault?");
        }
    }

    /// <summary>The <c>errors</c> of an answer in one line.</summary>
    public static string Told(string text)
    {
        try
        {
            var errors = JsonElement.Parse(text).Texts("errors");
            return errors.Count == 0
                ? "it says nothing of why"
                : string.Join("; ", errors.Select(OneLine));
        }
        catch (JsonException)
        {
            return "it does not answer as a Vault does";
        }
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string NextStep(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Forbidden =>
            ". The token needs read and list on identity/* and sys/policies/acl/*, and read on sys/auth",
        HttpStatusCode.ServiceUnavailable => ". Is it sealed?",
        _ when (int)status is >= 300 and < 400 => ". The token follows no redirect: name the active node with --addr",
        _ => "",
    };
}
