using Google.Apis.Http;

namespace Hoop.Federation.Minting;

/// <summary>The connections to Google: one pool, no redirects (a token must not follow one), answers of at most 1 MiB read whole.</summary>
internal sealed class GoogleHttp : HttpClientFactory, IDisposable
{
    private const int MaxAnswer = 1024 * 1024;

    private readonly SocketsHttpHandler _pool = new()
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        UseCookies = false,
    };

    public void Dispose() => _pool.Dispose();

    protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new WholeAnswers(_pool);

    // Google's clients dispose their handlers; the pool outlives them.
    private sealed class WholeAnswers(HttpMessageHandler pool) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _pool = new(pool, disposeHandler: false);

        /// <exception cref="TruncatedAnswerException">The answer began, but did not come whole.</exception>
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await _pool.SendAsync(request, cancellationToken);
            try
            {
                await response.Content.LoadIntoBufferAsync(MaxAnswer, cancellationToken);
                return response;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                response.Dispose();
                throw new TruncatedAnswerException(exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            _pool.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>An answer that was cut off, or longer than any honest one.</summary>
internal sealed class TruncatedAnswerException(Exception inner) : Exception("The answer did not come whole.", inner);
