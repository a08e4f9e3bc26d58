using System.Net;
using Hoop.Shared.Outbound;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

/// <summary>The proxy of the operator's environment, and whose URLs it is for.</summary>
public sealed class ProxyTests
{
    private static readonly OutboundOptions Operators = new() { OperatorsOwn = true, AllowLoopback = true, AllowPrivateAddresses = true };

    [Test]
    public async Task The_operators_own_url_goes_through_the_proxy_and_the_tls_connection_is_the_hosts()
    {
        await using var server = await PublicServer.Start();
        await using var proxy = new ConnectProxy(server.Url.Port);

        var fetched = await server.ClientBehind(proxy.AsWebProxy()).Get(server.Url, Operators, CancellationToken.None);

        Assert.That(fetched.Error, Is.Null);
        Assert.That(proxy.Asked, Is.EqualTo(new[] { $"CONNECT public.example:{server.Url.Port} HTTP/1.1" }));
        Assert.That(server.Resolutions, Is.Zero, "the name of the host is the proxy's to resolve");
    }

    [Test]
    public async Task A_tenants_url_never_goes_through_it()
    {
        await using var server = await PublicServer.Start();
        await using var proxy = new ConnectProxy(server.Url.Port);

        var fetched = await server.ClientBehind(proxy.AsWebProxy()).Get(server.Url, new OutboundOptions(), CancellationToken.None);

        Assert.That(fetched.Error, Is.Null);
        Assert.That(proxy.Asked, Is.Empty);
    }

    [Test]
    public async Task A_host_that_is_exempt_is_reached_directly()
    {
        await using var server = await PublicServer.Start();
        await using var proxy = new ConnectProxy(server.Url.Port);
        var exempt = new WebProxy($"http://127.0.0.1:{proxy.Port}", BypassOnLocal: false, ["public\\.example"]);

        var fetched = await server.ClientBehind(exempt).Get(server.Url, Operators, CancellationToken.None);

        Assert.That(fetched.Error, Is.Null);
        Assert.That(proxy.Asked, Is.Empty);
    }

    [Test]
    public async Task A_proxy_that_says_no_is_named_as_the_reason()
    {
        await using var server = await PublicServer.Start();
        await using var proxy = new ConnectProxy(server.Url.Port) { Status = "403 Forbidden" };

        var fetched = await server.ClientBehind(proxy.AsWebProxy()).Get(server.Url, Operators, CancellationToken.None);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.Unreachable));
        Assert.That(fetched.Error?.Message, Does.Contain("proxy"));
        Assert.That(server.Requests, Is.Zero);
    }

    [Test]
    public async Task An_address_that_is_never_allowed_stays_refused_when_it_is_written_as_such()
    {
        await using var server = await PublicServer.Start();
        await using var proxy = new ConnectProxy(server.Url.Port);

        var fetched = await server.ClientBehind(proxy.AsWebProxy()).Get(
            new Uri("https://169.254.169.254/keys"), Operators, CancellationToken.None);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.AddressRefused));
        Assert.That(proxy.Asked, Is.Empty);
    }
}
