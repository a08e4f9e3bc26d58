using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Hoop.Shared.Results;

namespace Hoop.Shared.Outbound;

/// <summary>
/// The one client for URLs that administrators and operators configure: bundles, key sets, discovery documents. A host name is resolved
/// once for each hop and the connection goes to the very address that was checked, so a DNS answer that changes in between gains nothing.
/// Safe for use from many threads; keeps no connection, no cookie and no state.
/// </summary>
public sealed class OutboundHttp
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly Func<IPAddress, AddressKind> _kind;
    private readonly X509Certificate2Collection? _roots;
    private readonly IWebProxy _proxy;

    public OutboundHttp()
        : this(Dns.GetHostAddressesAsync, AddressRules.Kind, roots: null)
    {
    }

    /// <param name="resolve">Name resolution; tests answer differently each time.</param>
    /// <param name="kind">Sorts resolved addresses; tests play the public Internet on loopback.</param>
    /// <param name="roots">Trusted in place of the system's authorities.</param>
    /// <param name="proxy">In place of the environment's.</param>
    internal OutboundHttp(
        Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, AddressKind> kind, X509Certificate2Collection? roots,
            IWebProxy? proxy = null) =>
        (_resolve, _kind, _roots, _proxy) = (resolve, kind, roots, proxy ?? HttpClient.DefaultProxy);

    /// <summary>
    /// Fetches a document. Whatever the other side does wrong is an <see cref="Error"/> with a code of <see cref="OutboundErrors"/>; it
    /// ends within <see cref="OutboundOptions.Timeout"/>.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<Result<Fetched>> Get(Uri url, OutboundOptions options, CancellationToken cancellationToken)
    {
        if (OutboundUrl.Check(url, options) is { } refused)
        {
            return refused;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Timeout);
        var (current, permissions) = (url, options);
        for (var redirects = 0; ; redirects++)
        {
            var hop = new Hop(current, permissions, ProxyFor(current, permissions));
            if (!(await Follow(hop, deadline.Token, cancellationToken)).Succeeded(out var fetched, out var error))
            {
                return redirects > 0 && error.Code == OutboundErrors.AddressRefused ? OutboundErrors.Redirect(url, error) : error;
            }

            if (hop.RedirectsTo is not { } next)
            {
                return fetched;
            }

            permissions = permissions.After(hop.Reached);
            if (redirects == options.MaxRedirects)
            {
                return options.MaxRedirects == 0 ? OutboundErrors.NotFollowed(url) : OutboundErrors.TooManyRedirects(url);
            }

            if (OutboundUrl.Check(next, permissions) is { } forbidden)
            {
                return OutboundErrors.Redirect(url, forbidden);
            }

            current = next;
        }
    }

    /// <summary>Posts a form, and never twice: a redirect is an error, whatever the options say. Otherwise as <see cref="Get"/>.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<Result<Fetched>> Post(Uri url, OutboundForm form, OutboundOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(form);
        if (OutboundUrl.Check(url, options) is { } refused)
        {
            return refused;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Timeout);
        var hop = new Hop(url, options, ProxyFor(url, options));
        var answer = await Follow(hop, deadline.Token, cancellationToken, form);
        return hop.RedirectsTo is null ? answer : OutboundErrors.NotFollowed(url);
    }

    private async Task<Result<Fetched>> Follow(
        Hop hop, CancellationToken deadline, CancellationToken caller, OutboundForm? form = null)
    {
        try
        {
            using var handler = Handler(hop);
            using var invoker = new HttpMessageInvoker(handler);
            using var request = new HttpRequestMessage(form is null ? HttpMethod.Get : HttpMethod.Post, hop.Url);
            // Some servers know key sets only by their own type, and answer 406 to anything else.
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/jwk-set+json", 0.9));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*", 0.1));
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("hoop", "1"));
            if (hop.Options.Bearer is { } bearer)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer.Reveal());
            }

            form?.WriteTo(request);

            using var response = await invoker.SendAsync(request, deadline);
            return await Read(hop, response, deadline);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            return OutboundErrors.Slow(hop.Url);
        }
        catch (HttpRequestException broken) when (broken.InnerException is AddressRefusedException)
        {
            return hop.Options.OperatorsOwn ? OutboundErrors.Address(hop.Url) : OutboundErrors.Unresolved(hop.Url);
        }
        catch (HttpRequestException broken)
        {
            return IsUnresolved(broken) && !hop.Options.OperatorsOwn
                ? OutboundErrors.Unresolved(hop.Url)
                : OutboundErrors.NotReached(hop.Url, Reason(broken));
        }
        catch (InvalidDataException)
        {
            return OutboundErrors.Content(hop.Url, "a compressed body that cannot be decoded");
        }
        catch (IOException)
        {
            return OutboundErrors.NotReached(hop.Url, "the connection broke while the answer was read");
        }
    }

    private static async Task<Result<Fetched>> Read(Hop hop, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
        {
            if (response.Headers.Location is not { } location || !Uri.TryCreate(hop.Url, location, out var next))
            {
                return OutboundErrors.RedirectWithoutTarget(hop.Url);
            }

            hop.RedirectsTo = next;
            return new Fetched(default, MediaType: null, next);
        }

        var isRead = response.StatusCode == HttpStatusCode.OK
            || (response.StatusCode == HttpStatusCode.BadRequest && hop.Options.ReadsBadRequests);
        if (!isRead)
        {
            return OutboundErrors.Status(hop.Url, (int)response.StatusCode);
        }

        // Object stores send what was stored with them, whatever was asked for.
        var encodings = response.Content.Headers.ContentEncoding.Where(
            encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)).ToList();
        var isZipped = encodings is [var only] && only.ToUpperInvariant() is "GZIP" or "X-GZIP";
        if (encodings.Count > 0 && !isZipped)
        {
            return OutboundErrors.Content(hop.Url, "a body in a compression that is not understood (gzip and none are)");
        }

        var mediaType = response.Content.Headers.ContentType?.MediaType;
        if (response.StatusCode == HttpStatusCode.OK && mediaType?.Contains("html", StringComparison.OrdinalIgnoreCase) == true)
        {
            return OutboundErrors.Content(hop.Url, "an HTML page instead of JSON");
        }

        var body = await OutboundBody.Read(hop, response.Content, cancellationToken);
        if (isZipped && body is { } zipped)
        {
            body = await OutboundBody.Unzip(hop, zipped, cancellationToken);
        }

        return body is { } bytes
            ? new Fetched(bytes, mediaType, hop.Url) { Status = (int)response.StatusCode }
            : OutboundErrors.Large(hop.Url, hop.Options.MaxBytes);
    }

    /// <summary>One handler a hop: a connection that was opened under other permissions cannot be found again.</summary>
    private SocketsHttpHandler Handler(Hop hop) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = hop.Proxy is not null,
        Proxy = hop.Proxy,
        ActivityHeadersPropagator = null,
        ConnectTimeout = hop.Options.ConnectTimeout,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        ConnectCallback = (context, cancellationToken) => Connect(hop, context.DnsEndPoint, cancellationToken),
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = (hop.Options.Roots ?? _roots) is { } roots ? Trust(roots) : null,
        },
    };

    private async ValueTask<Stream> Connect(Hop hop, DnsEndPoint target, CancellationToken cancellationToken)
    {
        // Where a proxy is in between, this is the proxy: the operator's choice, which needs no permission.
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await _resolve(target.Host, cancellationToken);
        var kinds = Array.ConvertAll(addresses, address => _kind(address));

        // One forbidden address among good ones is what a rebinding attack looks like, so all must be allowed.
        if (hop.Proxy is null && !kinds.All(hop.Allows))
        {
            throw new AddressRefusedException();
        }

        var last = new SocketException((int)SocketError.HostNotFound);
        for (var at = 0; at < addresses.Length; at++)
        {
            var socket = new Socket(addresses[at].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[at], target.Port), cancellationToken);
                hop.Reached = hop.Proxy is null ? kinds[at] : AddressKind.Public;
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException failure)
            {
                last = failure;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last;
    }

    private static string Reason(HttpRequestException broken) => broken.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError => "the TLS handshake failed",
        _ when IsUnresolved(broken) => "the host name does not resolve",
        HttpRequestError.ProxyTunnelError => "the proxy (HTTPS_PROXY) does not let it through",
        HttpRequestError.ConfigurationLimitExceeded => "the answer's headers are too large",
        HttpRequestError.InvalidResponse => "the answer is not HTTP",
        _ => "the connection failed",
    };

    private static bool IsUnresolved(HttpRequestException broken) =>
        broken.HttpRequestError == HttpRequestError.NameResolutionError
        || broken.InnerException is SocketException
        {
            SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData,
        };

    /// <summary>Plain http leads to loopback, where no proxy belongs in between.</summary>
    private IWebProxy? ProxyFor(Uri url, OutboundOptions options) =>
        options.OperatorsOwn && url.Scheme == "https" && !_proxy.IsBypassed(url) && _proxy.GetProxy(url) is { } proxy && proxy != url
            ? _proxy
            : null;

    private static X509ChainPolicy Trust(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
