using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Hoop.Client.Wire;

/// <summary>How a client speaks HTTP: no redirects and no cookies, and the authorities that the user trusts.</summary>
public static class HoopHttp
{
    /// <summary>Of one answer, in bytes.</summary>
    public const int LargestAnswer = 256 * 1024 * 1024;

    /// <summary>One client for all calls to an address.</summary>
    public static HttpClient Open(HoopClientOptions options)
    {
        var client = new HttpClient(Handler(options)) { Timeout = options.Timeout, MaxResponseContentBufferSize = LargestAnswer };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(options.Program, options.ProgramVersion));
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return client;
    }

    /// <summary>For connections that are no requests, too, such as WebSockets.</summary>
    public static SocketsHttpHandler Handler(HoopClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var handler = new SocketsHttpHandler
        {
            // The token would go with a redirect.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !options.Address.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ActivityHeadersPropagator = null,
        };
        if (options.SkipTlsVerify)
        {
#pragma warning disable CA5359 // The user asked for it.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (options.Authorities is { } authorities)
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
