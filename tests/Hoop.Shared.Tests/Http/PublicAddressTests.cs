using Hoop.Shared.Configuration;
using Hoop.Shared.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Http;

public sealed class PublicAddressTests
{
    [TestCase("https://hoop.example.com", "https://hoop.example.com")]
    [TestCase("https://hoop.example.com/", "https://hoop.example.com")]
    [TestCase("https://hoop.example.com:443", "https://hoop.example.com")]
    [TestCase("https://Hoop.Example.com:8443/", "https://hoop.example.com:8443")]
    [TestCase("http://10.0.0.7:8009", "http://10.0.0.7:8009")]
    [TestCase("http://[2001:db8::1]:8009", "http://[2001:db8::1]:8009")]
    [TestCase("https://bücher.example", "https://xn--bcher-kva.example")]
    public void An_address_is_kept_as_scheme_host_and_port(string setting, string text)
    {
        var address = new PublicAddress(PublicAddress.From(Configured(setting)), server: null);
        Assert.That((address.Text, address.IsConfigured), Is.EqualTo((text, true)));
    }

    [TestCase("hoop.example.com")]
    [TestCase("hoop.example.com:8443")]
    [TestCase("ftp://hoop.example.com")]
    [TestCase("https://")]
    [TestCase("https://hoop.example.com/hoop")]
    [TestCase("https://hoop.example.com/?a=b")]
    [TestCase("https://hoop.example.com/#a")]
    [TestCase("https://user:secret@hoop.example.com")]
    [TestCase("https://a..b")]
    [TestCase("https://a:99999")]
    [TestCase("https://xn--")]
    [TestCase("https://*:8443")]
    public void What_is_none_stops_the_start(string setting)
    {
        var refused = Assert.Throws<ConfigurationException>(() => PublicAddress.From(Configured(setting)));
        Assert.That(refused!.Message, Does.StartWith("HOOP_PUBLIC_URL: must be the scheme, host and port").And.Not.Contain("secret"));
    }

    [TestCase("http://127.0.0.1:8009", "http://127.0.0.1:8009")]
    [TestCase("http://localhost:8009", "http://localhost:8009")]
    [TestCase("http://[::1]:8009", "http://[::1]:8009")]
    [TestCase("http://10.0.0.7", "http://10.0.0.7")]
    public void Without_the_setting_it_is_where_the_gateway_listens(string listening, string text)
    {
        var address = new PublicAddress(PublicAddress.From(Configured(setting: null)), new Server(listening));
        Assert.That((address.Text, address.IsConfigured), Is.EqualTo((text, false)));
    }

    [TestCase("http://0.0.0.0:8009")]
    [TestCase("http://[::]:8009")]
    [TestCase("http://*:8009")]
    [TestCase("http://+:8009")]
    public void Any_address_is_none_that_somebody_could_dial(string listening) =>
        Assert.That(
            new PublicAddress(configured: null, new Server(listening)).Text,
            Is.EqualTo($"http://{Environment.MachineName}:8009".ToLowerInvariant()).IgnoreCase);

    [Test]
    public void A_process_that_serves_nothing_has_the_default() =>
        Assert.That(new PublicAddress(configured: null, server: null).Text, Is.EqualTo("http://127.0.0.1:8009"));

    private static IConfiguration Configured(string? setting) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { [PublicAddress.Variable] = setting })
        .Build();

    private sealed class Server : IServer
    {
        public Server(string address)
        {
            var addresses = new ServerAddressesFeature();
            addresses.Addresses.Add(address);
            Features.Set<IServerAddressesFeature>(addresses);
        }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
