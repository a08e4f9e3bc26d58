using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Gateway;

/// <summary>How this client speaks HTTP: no redirects and no cookies, and the authorities that the user trusts.</summary>
internal static class Connection
{
    public const int LargestAnswer = 256 * 1024 * 1024;

    /// <summary>One client for all requests to an address.</summary>
    public static HttpClient Open(Settings settings, TimeSpan patience)
    {
        var client = new HttpClient(Handler(settings)) { Timeout = patience, MaxResponseContentBufferSize = LargestAnswer };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("hoopcli", HoopCommand.Version));
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return client;
    }

    /// <summary>For connections that are no requests, too.</summary>
    public static SocketsHttpHandler Handler(Settings settings)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !settings.ApiUrl.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ActivityHeadersPropagator = null,
        };
        if (settings.SkipTlsVerify)
        {
#pragma warning disable CA5359 // The user asked for it, by skip_tls_verify or HOOP_TLS_SKIP_VERIFY, and is warned at each call.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (settings.Authorities is { } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return handler;
    }
}
