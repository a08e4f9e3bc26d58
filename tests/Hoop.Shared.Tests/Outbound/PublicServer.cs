using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hoop.Shared.Outbound;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Tests.Outbound;

/// <summary>An https server that passes for a public one: its client resolves every name to it and sorts its address as public.</summary>
internal sealed class PublicServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly X509Certificate2 _certificate;
    private int _requests;
    private int _resolutions;

    private PublicServer(WebApplication application, X509Certificate2 certificate)
    {
        (_application, _certificate) = (application, certificate);
        Client = ClientBehind(new WebProxy());
    }

    public OutboundHttp Client { get; }

    public Uri Url { get; private set; } = null!;

    public RequestDelegate Answer { get; set; } = context => context.Response.WriteAsync("{}");

    public Func<string, IPAddress[]> Resolve { get; set; } = _ => [IPAddress.Loopback];

    /// <summary>The one that signs for it: its own.</summary>
    public string AuthorityPem => _certificate.ExportCertificatePem();

    /// <summary>As <see cref="Client"/>, for one who trusts the authorities of the system alone.</summary>
    public OutboundHttp Stranger => new(
        (host, _) => Task.FromResult(Resolve(host)),
        address => address.Equals(IPAddress.Loopback) ? AddressKind.Public : AddressRules.Kind(address),
        roots: null,
        new WebProxy());

    public int Requests => Volatile.Read(ref _requests);

    public int Resolutions => Volatile.Read(ref _resolutions);

    public ConcurrentQueue<IHeaderDictionary> Headers { get; } = new();

    public OutboundHttp ClientBehind(IWebProxy proxy) => new(
        (host, _) =>
        {
            Interlocked.Increment(ref _resolutions);
            return Task.FromResult(Resolve(host));
        },
        address => address.Equals(IPAddress.Loopback) ? AddressKind.Public : AddressRules.Kind(address),
        [_certificate],
        proxy);

    public static async Task<PublicServer> Start()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=public.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("public.example");
        request.CertificateExtensions.Add(names.Build());
        using var fresh = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(fresh.Export(X509ContentType.Pfx), password: null);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var server = new PublicServer(application, certificate);
        application.Run(context =>
        {
            Interlocked.Increment(ref server._requests);
            server.Headers.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)));
            return server.Answer(context);
        });
        await application.StartAsync();
        server.Url = new Uri($"https://public.example:{new Uri(application.Urls.Single()).Port}/bundle");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _certificate.Dispose();
    }
}
