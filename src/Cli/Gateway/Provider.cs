using System.Globalization;
using System.Net;
using System.Text.Json;
using Hoop.Cli.Output;

namespace Hoop.Cli.Gateway;

/// <summary>An answer of the issuer.</summary>
/// <param name="RetryAfter">When to come again; null when it does not say.</param>
/// <param name="Error">The code of RFC 6749 section 5.2; null when it is good.</param>
internal sealed record ProviderAnswer(HttpStatusCode Status, JsonElement Body, string? Error, string? Description, string? RetryAfter)
{
    public bool IsGood => Error is null && (int)Status is >= 200 and < 300;

    /// <summary>Nothing is refused: it cannot answer now, and the same question may be asked again.</summary>
    public bool IsForNow => Status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        || Error is "temporarily_unavailable" or "slow_down";

    /// <summary>What to say about a refusal.</summary>
    public string Told => Status == HttpStatusCode.TooManyRequests
        ? "too many requests (429)" + (RetryAfter is null ? "" : $"; try again in {Printable.Text(RetryAfter)} s")
        : Error is null && Status >= HttpStatusCode.InternalServerError
            ? string.Create(CultureInfo.InvariantCulture, $"it cannot answer now ({(int)Status})")
                + (RetryAfter is null ? "" : $"; try again in {Printable.Text(RetryAfter)} s")
        : Error is null ? string.Create(CultureInfo.InvariantCulture, $"status {(int)Status}")
        : string.IsNullOrEmpty(Description) ? Printable.Text(Error)
        : $"{Printable.Text(Error)}: {Printable.Text(Description)}";
}

/// <summary>
/// The organization's issuer: its discovery document, and its endpoints. No redirect is followed: a secret would go with it.
/// </summary>
internal sealed class Provider
{
    private const int LargestAnswer = 1024 * 1024;

    private static readonly HttpClient Http = Connect(useProxy: true);
    private static readonly HttpClient Local = Connect(useProxy: false);

    private readonly JsonElement _document;

    private Provider(string issuer, JsonElement document) => (Issuer, _document) = (issuer, document);

    public string Issuer { get; }

    /// <summary>RFC 9207: the answer of the page of authorization says whose it is.</summary>
    public bool NamesItself => _document.IsTrue("authorization_response_iss_parameter_supported");

    /// <exception cref="CliFailure">The issuer has no such endpoint, or one that nothing secret may go to.</exception>
    public Uri Endpoint(string name, string what) => Find(name) is not { } text
        ? throw new CliFailure($"{Issuer} does not offer {what} (its discovery document has no {name})")
        : Checked(text, $"the {name} of {Issuer}");

    public Uri? Optional(string name) => Find(name) is { } text ? Checked(text, $"the {name} of {Issuer}") : null;

    private string? Find(string name) => _document.Text(name);

    /// <summary>OpenID Connect Discovery 1.0 section 4; the document must name the issuer that it was asked of.</summary>
    public static async Task<Provider> Discover(string issuer, CancellationToken stop)
    {
        var address = Checked(issuer.TrimEnd('/') + "/.well-known/openid-configuration", "the issuer");
        var answer = await Send(new HttpRequestMessage(HttpMethod.Get, address), stop);
        if (!answer.IsGood || answer.Body.ValueKind != JsonValueKind.Object)
        {
            throw new CliFailure($"{address} is no discovery document: {answer.Told}");
        }

        return answer.Body.Text("issuer") == issuer
            ? new Provider(issuer, answer.Body)
            : throw new CliFailure($"{address} is the document of another issuer: {Printable.Quoted(answer.Body.Text("issuer"))}");
    }

    public static Task<ProviderAnswer> Post(Uri endpoint, IEnumerable<KeyValuePair<string, string?>> form, CancellationToken stop)
    {
        var fields = form.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value!));
        return Send(new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(fields) }, stop);
    }

    /// <summary>Nothing secret goes over the network in the clear.</summary>
    public static Uri Checked(string text, string what) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
            && (address.Scheme == "https" || address is { Scheme: "http", IsLoopback: true })
            ? address
            : throw new CliFailure($"{what} must be https, and is {Printable.Quoted(text)}");

    /// <exception cref="ProviderSilence">No answer came.</exception>
    private static async Task<ProviderAnswer> Send(HttpRequestMessage request, CancellationToken stop)
    {
        using (request)
        {
            request.Headers.Accept.ParseAdd("application/json");
            var address = request.RequestUri!;
            try
            {
                using var response = await (address.IsLoopback ? Local : Http).SendAsync(request, stop);
                var text = await response.Content.ReadAsStringAsync(stop);
                var body = Parse(text);
                var error = body.Text("error") ?? (response.IsSuccessStatusCode ? null : "");
                return new ProviderAnswer(
                    response.StatusCode,
                    body,
                    error is "" ? null : error,
                    body.Text("error_description"),
                    response.Headers.TryGetValues("Retry-After", out var after) ? after.First() : null);
            }
            catch (HttpRequestException exception)
            {
                throw new ProviderSilence($"cannot reach {address.GetLeftPart(UriPartial.Authority)}: {exception.Message}");
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new ProviderSilence($"{address.GetLeftPart(UriPartial.Authority)} does not answer");
            }
        }
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static HttpClient Connect(bool useProxy) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = LargestAnswer,
    };
}

/// <summary>The issuer did not answer; nothing is known of what it did.</summary>
internal sealed class ProviderSilence(string message) : CliFailure(message);
