using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Apis.Http;

namespace Hoop.Federation.Minting;

/// <summary>
/// The connections to Google: one pool, no redirects (neither an assertion nor a token may follow one), answers of at most 1 MiB read
/// whole. Every answer is judged here, below Google's library, which follows redirects of its own accord, takes an <c>id_token</c> for
/// an access token, and throws whatever it likes at an answer that it cannot read. It gets only members that were understood.
/// </summary>
internal sealed class GoogleHttp(TimeProvider clock) : IDisposable
{
    private const int MaxAnswer = 1024 * 1024;

    // The operator's proxy (HTTPS_PROXY, NO_PROXY) counts for these two addresses, which are the operator's own.
    private readonly SocketsHttpHandler _pool = new()
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        UseCookies = false,
    };

    /// <summary>Clients for the token endpoint.</summary>
    public HttpClientFactory TokenEndpoint => new Judged(this, GoogleAnswers.OfTokenEndpoint);

    /// <summary>Clients for the IAM Credentials API.</summary>
    public HttpClientFactory CredentialsApi => new Judged(this, GoogleAnswers.OfCredentialsApi);

    /// <summary>A token exchange (RFC 8693). Its answers have the form of a token endpoint's.</summary>
    /// <exception cref="GoogleRefusedException">The answer is no token.</exception>
    public async Task<Token> ExchangeSubject(
        Uri address, IReadOnlyDictionary<string, string> form, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        using var invoker = new HttpMessageInvoker(new Handler(_pool, clock, GoogleAnswers.OfTokenEndpoint));
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };
        using var response = await invoker.SendAsync(request, cancellationToken);
        using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return new Token(
            body.RootElement.GetProperty("access_token").GetString()!,
            asked.AddSeconds(body.RootElement.GetProperty("expires_in").GetInt64()));
    }

    public void Dispose() => _pool.Dispose();

    private sealed class Judged(GoogleHttp google, Func<GoogleAnswer, HttpContent> judge) : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new Handler(google._pool, google.Clock, judge);
    }

    private TimeProvider Clock => clock;

    // Google's clients dispose their handlers; the pool outlives them.
    private sealed class Handler(HttpMessageHandler pool, TimeProvider clock, Func<GoogleAnswer, HttpContent> judge) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _pool = new(pool, disposeHandler: false);

        /// <exception cref="GoogleRefusedException">The answer is not the one that was asked for.</exception>
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var response = await _pool.SendAsync(request, cancellationToken);
            var body = await Whole(response.Content, cancellationToken);
            var answer = new GoogleAnswer(
                response.StatusCode, response.Content.Headers.ContentType?.MediaType, RetryAfterOf(response.Headers), body);
            return new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = judge(answer) };
        }

        protected override void Dispose(bool disposing)
        {
            _pool.Dispose();
            base.Dispose(disposing);
        }

        private static async Task<byte[]> Whole(HttpContent content, CancellationToken cancellationToken)
        {
            try
            {
                await content.LoadIntoBufferAsync(MaxAnswer, cancellationToken);
                return await content.ReadAsByteArrayAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                throw new GoogleRefusedException(
                    GoogleRefusals.Invalid("Google's answer came incomplete, or longer than any honest one"), exception);
            }
        }

        // RFC 9110 section 10.2.3: seconds, or a date.
        private TimeSpan? RetryAfterOf(HttpResponseHeaders headers) => headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date > clock.GetUtcNow() ? date - clock.GetUtcNow() : TimeSpan.Zero,
            _ => null,
        };
    }
}

/// <summary>An answer as it came over the wire.</summary>
/// <param name="RetryAfter">How long the answer asks to wait; zero for a date that has passed.</param>
internal sealed record GoogleAnswer(HttpStatusCode Status, string? MediaType, TimeSpan? RetryAfter, ReadOnlyMemory<byte> Body)
{
    public int Code => (int)Status;

    public bool IsSuccess => Code is >= 200 and < 300;

    /// <summary>A body may hold a token, so it is not printed.</summary>
    public override string ToString() => $"{nameof(GoogleAnswer)} {{ Code = {Code} }}";
}

/// <summary>Carries a judgement through Google's library, which knows nothing of it.</summary>
internal sealed class GoogleRefusedException(GoogleRefusal refusal, Exception? inner = null) : Exception(refusal.Error.Message, inner)
{
    public GoogleRefusal Refusal => refusal;
}
