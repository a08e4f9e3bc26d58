using System.Diagnostics;
using System.Net.Http.Headers;

namespace Hoop.Client.Wire;

/// <summary>
/// The wire to one gateway: any call of it, answered as it came. Tries nothing twice, because a call that was not answered may have been
/// done. The typed calls of <see cref="HoopClient"/> stand on it.
/// </summary>
public sealed class HoopConnection : IDisposable
{
    private readonly HoopClientOptions _options;
    private readonly HttpClient _http;

    public HoopConnection(HoopClientOptions options)
        : this(options, HoopHttp.Open(options))
    {
    }

    /// <param name="options">Which gateway.</param>
    /// <param name="http">Ours from now on; it should follow no redirects (<see cref="HoopHttp"/>).</param>
    public HoopConnection(HoopClientOptions options, HttpClient http)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(http);
        (_options, _http) = (options, http);
    }

    public Uri Address => _options.Address;

    /// <summary>One call, whatever the gateway answers.</summary>
    /// <exception cref="HoopUnreachableException">No answer came.</exception>
    public async Task<HoopAnswer> Send(HoopCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var request = new HttpRequestMessage(call.Method, new Uri(Address.AbsoluteUri.TrimEnd('/') + call.Path));
        request.Content = call.Content;
        if (call.Token is { } own)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", own);
        }
        else if (!call.IsOpen && _options.Tokens is { } tokens)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.Token(cancellationToken));
        }

        if (call.IfMatch is { } revision)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{revision}\""));
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            var answer = new HoopAnswer(
                call.Method,
                request.RequestUri!,
                response.StatusCode,
                text,
                response.Headers.TryGetValues("X-Next-Cursor", out var next) ? next.First() : null,
                response.Headers.TryGetValues("Retry-After", out var after) ? after.First() : null,
                (int)response.StatusCode is >= 300 and < 400 ? response.Headers.Location : null);
            _options.Told?.Invoke(
                new HoopExchange(call.Method, answer.Address, (int)answer.Status, text.Length, Stopwatch.GetElapsedTime(started)));
            return answer;
        }
        catch (HttpRequestException exception)
        {
            throw new HoopUnreachableException($"cannot reach {Authority}: {exception.InnerException?.Message ?? exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HoopUnreachableException($"{Authority} did not answer within {_options.Timeout.TotalSeconds:F0} s", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private string Authority => Address.GetLeftPart(UriPartial.Authority);
}
