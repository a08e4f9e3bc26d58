using Amazon.Runtime;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>One pool for all calls to AWS: no redirects, which an identity token must not follow, and answers of at most 1 MiB.</summary>
internal sealed class AwsHttp : HttpClientFactory, IDisposable
{
    private const int MaxAnswer = 1024 * 1024;

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        UseCookies = false,
    })
    {
        MaxResponseContentBufferSize = MaxAnswer,
    };

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    public void Dispose() => _client.Dispose();
}
