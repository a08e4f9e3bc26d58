using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using Hoop.Shared.Outbound;
using Hoop.Shared.Results;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

public sealed class OutboundHttpTests
{
    private static readonly OutboundOptions Loopback = new() { AllowLoopback = true };
    private static readonly OutboundOptions Following = Loopback with { MaxRedirects = 3 };
    private static readonly OutboundOptions Quick = Loopback with { Timeout = TimeSpan.FromMilliseconds(400) };

    private SpiffeIssuerStandIn _issuer = null!;

    [SetUp]
    public async Task Start() => _issuer = await SpiffeIssuerStandIn.Start();

    [TearDown]
    public async Task Stop() => await _issuer.DisposeAsync();

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    [Description("CVE-2022-29153, CVE-2026-41413, CVE-2026-45741, CVE-2026-40280, CVE-2026-2455")]
    public async Task A_public_server_cannot_redirect_inward_even_where_a_configured_url_may_point(int status)
    {
        await using var server = await PublicServer.Start();
        var lenient = new OutboundOptions { AllowLoopback = true, AllowPrivateAddresses = true, MaxRedirects = 3 };
        var followed = new List<string>();
        foreach (var target in OutboundUrlTests.Hostile)
        {
            server.Answer = context =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = target;
                return Task.CompletedTask;
            };

            var error = (await server.Client.Get(server.Url, lenient, CancellationToken.None)).Error;
            if (error?.Code != OutboundErrors.RedirectRefused)
            {
                followed.Add($"{target}: {error?.Code}");
            }
        }

        Assert.That(followed, Is.Empty);
        Assert.That(server.Requests, Is.EqualTo(OutboundUrlTests.Hostile.Length));
    }

    [Test]
    public async Task Each_hop_resolves_once_and_connects_to_what_was_checked()
    {
        await using var server = await PublicServer.Start();

        var fetched = await server.Client.Get(server.Url, new OutboundOptions(), CancellationToken.None);

        Assert.That(fetched.Error, Is.Null);
        Assert.That(server.Resolutions, Is.EqualTo(1));
    }

    [TestCase("127.0.0.2")]
    [TestCase("10.0.0.1")]
    [TestCase("169.254.169.254")]
    [TestCase("::ffff:127.0.0.1")]
    [Description("DNS rebinding: the name is public at the first look and internal at the second")]
    public async Task A_name_that_turns_internal_on_the_way_is_refused(string second)
    {
        await using var server = await PublicServer.Start();
        server.Resolve = _ => server.Resolutions == 1 ? [IPAddress.Loopback] : [IPAddress.Parse(second)];
        server.Answer = context =>
        {
            context.Response.Redirect(server.Url.ToString());
            return Task.CompletedTask;
        };

        var fetched = await server.Client.Get(
            server.Url, new OutboundOptions { AllowLoopback = true, AllowPrivateAddresses = true }, CancellationToken.None);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.RedirectRefused));
        Assert.That(server.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task One_internal_address_among_public_ones_refuses_the_name()
    {
        await using var server = await PublicServer.Start();
        server.Resolve = _ => [IPAddress.Loopback, IPAddress.Parse("10.0.0.1")];

        var fetched = await server.Client.Get(server.Url, new OutboundOptions(), CancellationToken.None);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.Unreachable));
        Assert.That(server.Requests, Is.Zero);
    }

    [Test]
    public async Task A_tenant_cannot_tell_a_name_that_does_not_resolve_from_one_that_leads_inward()
    {
        var url = new Uri("https://guess.example/bundle");
        IPAddress[][] answers = [[], [IPAddress.Loopback], [IPAddress.Parse("10.0.0.1")], [IPAddress.Parse("169.254.169.254")]];
        var errors = new List<Error?>();
        foreach (var answer in answers)
        {
            errors.Add(
                (await new OutboundHttp((_, _) => Task.FromResult(answer), AddressRules.Kind, roots: null).Get(url, new OutboundOptions(),
                    CancellationToken.None)).Error);
        }

        var unknown = new OutboundHttp(
            (_, _) => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound),
            AddressRules.Kind,
            roots: null);
        errors.Add((await unknown.Get(url, new OutboundOptions(), CancellationToken.None)).Error);

        Assert.That(
            errors.Distinct().Single(),
            Is.EqualTo(Error.Unavailable("https://guess.example/bundle cannot be reached: the host name does not resolve to an address that may be used", OutboundErrors.Unreachable)));
    }

    [TestCase("", OutboundErrors.Unreachable, "does not resolve")]
    [TestCase("169.254.169.254", OutboundErrors.AddressRefused, "leads to an address that is not allowed")]
    public async Task The_operator_is_told_which_of_the_two_it_is(string address, string code, string message)
    {
        var client = new OutboundHttp(
            (_, _) => Task.FromResult<IPAddress[]>(address.Length == 0 ? [] : [IPAddress.Parse(address)]),
            AddressRules.Kind,
            roots: null,
            new WebProxy());

        var fetched = await client.Get(
            new Uri("https://nowhere.example/"), new OutboundOptions { OperatorsOwn = true }, CancellationToken.None);

        Assert.That(fetched.Error?.Code, Is.EqualTo(code));
        Assert.That(fetched.Error?.Message, Does.Contain(message));
    }

    [Test]
    public async Task No_redirect_is_followed_unless_that_is_asked_for()
    {
        await using var other = await IdentityProviderStandIn.Start();
        _issuer.BundleEndpoint.Fault = DocumentFault.Redirect;
        _issuer.BundleEndpoint.RedirectTarget = other.JwksUrl;

        var fetched = await Get(Loopback);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.RedirectRefused));
        Assert.That(fetched.Error?.Message, Does.Contain("write the URL that it leads to"));
        Assert.That(other.Jwks.Requests, Is.Zero);
    }

    [Test]
    public async Task A_certificate_of_nobody_known_is_refused()
    {
        await using var server = await PublicServer.Start();
        var distrustful = new OutboundHttp(
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), _ => AddressKind.Public, roots: null);

        var fetched = await distrustful.Get(server.Url, new OutboundOptions(), CancellationToken.None);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.Unreachable));
        Assert.That(fetched.Error?.Message, Does.Contain("TLS"));
        Assert.That(server.Requests, Is.Zero);
    }

    [Test]
    public async Task The_request_asks_for_json_and_tells_nothing_else()
    {
        await using var server = await PublicServer.Start();
        using var activity = new Activity("caller").Start();

        await server.Client.Get(server.Url, new OutboundOptions(), CancellationToken.None);

        var headers = server.Headers.Single();
        Assert.That(headers.Keys, Is.EquivalentTo(new[] { "Host", "Accept", "Accept-Encoding", "User-Agent" }));
        Assert.That(headers.Accept.ToString(), Is.EqualTo("application/json, application/jwk-set+json; q=0.9, */*; q=0.1"));
        Assert.That(headers.AcceptEncoding.ToString(), Is.EqualTo("identity"));
    }

    [Test]
    public async Task A_document_comes_with_its_type_and_place()
    {
        var fetched = (await Get(Loopback)).Value;

        Assert.That(Encoding.UTF8.GetString(fetched.Body.Span), Is.EqualTo(_issuer.Bundle()));
        Assert.That(fetched.MediaType, Is.EqualTo("application/json"));
        Assert.That(fetched.Url.ToString(), Is.EqualTo(_issuer.BundleUrl));
    }

    [Test]
    public async Task A_redirect_between_equals_is_followed()
    {
        await using var other = await IdentityProviderStandIn.Start();
        _issuer.BundleEndpoint.Fault = DocumentFault.Redirect;
        _issuer.BundleEndpoint.RedirectTarget = other.JwksUrl;

        var fetched = await Get(Following);

        Assert.That(fetched.Value.Url.ToString(), Is.EqualTo(other.JwksUrl));
        Assert.That(other.Jwks.Requests, Is.EqualTo(1));
    }

    [TestCase(0, 1)]
    [TestCase(1, 2)]
    [TestCase(3, 4)]
    public async Task A_redirect_loop_ends_at_the_limit(int limit, int requests)
    {
        _issuer.BundleEndpoint.Fault = DocumentFault.RedirectLoop;

        var fetched = await Get(Loopback with { MaxRedirects = limit });

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.RedirectRefused));
        Assert.That(_issuer.BundleEndpoint.Requests, Is.EqualTo(requests));
    }

    [TestCase(DocumentFault.Down, OutboundErrors.Unreachable)]
    [TestCase(DocumentFault.CutBody, OutboundErrors.Unreachable)]
    [TestCase(DocumentFault.ServerError, OutboundErrors.BadStatus)]
    [TestCase(DocumentFault.Html, OutboundErrors.BadContent)]
    [TestCase(DocumentFault.Oversize, OutboundErrors.TooLarge)]
    [TestCase(DocumentFault.Redirect, OutboundErrors.RedirectRefused)]
    public async Task A_broken_answer_is_a_value_with_a_code(DocumentFault fault, string code)
    {
        _issuer.BundleEndpoint.Fault = fault;
        _issuer.BundleEndpoint.RedirectTarget = "http://10.0.0.1/";

        var fetched = await Get(Following);

        Assert.That(fetched.Error?.Code, Is.EqualTo(code));
        Assert.That(fetched.Error?.Kind, Is.EqualTo(ErrorKind.Unavailable));
    }

    [TestCase(DocumentFault.Slow)]
    [TestCase(DocumentFault.Hang)]
    public async Task A_slow_server_costs_no_more_than_the_time_limit(DocumentFault fault)
    {
        _issuer.BundleEndpoint.Fault = fault;
        var watch = Stopwatch.StartNew();

        var fetched = await Get(Quick);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.TimedOut));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    [TestCase(0, true)]
    [TestCase(1, false)]
    public async Task The_size_limit_is_exact(int tooMany, bool good)
    {
        var fetched = await Get(Loopback with { MaxBytes = Encoding.UTF8.GetByteCount(_issuer.Bundle()) - tooMany });

        Assert.That(fetched.Error is null, Is.EqualTo(good));
    }

    [Test]
    public async Task Json_under_another_name_is_left_to_the_parser()
    {
        _issuer.BundleEndpoint.Fault = DocumentFault.WrongContentType;

        Assert.That((await Get(Loopback)).Value.MediaType, Is.EqualTo("text/plain"));
    }

    [TestCase("gzip", true)]
    [TestCase("x-GZIP", true)]
    [TestCase("identity", false)]
    public async Task A_body_that_the_server_compresses_anyway_is_decoded(string encoding, bool zipped)
    {
        var fetched = await Compressed(encoding, zipped ? Zipped("{\"keys\":[]}"u8) : "{\"keys\":[]}"u8.ToArray());

        Assert.That(Encoding.UTF8.GetString(fetched.Value.Body.Span), Is.EqualTo("{\"keys\":[]}"));
    }

    [TestCase("br")]
    [TestCase("gzip, gzip")]
    [TestCase("gzip")]
    public async Task A_compression_that_is_unknown_or_broken_is_told(string encoding)
    {
        var fetched = await Compressed(encoding, "plainly not compressed"u8.ToArray());

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.BadContent));
    }

    [Test]
    public async Task A_small_body_that_grows_without_end_stops_at_the_limit()
    {
        var bomb = Zipped(new byte[64 * 1024 * 1024]);
        Assert.That(bomb, Has.Length.LessThan(100_000));
        var before = GC.GetTotalAllocatedBytes();

        var fetched = await Compressed("gzip", bomb);

        Assert.That(fetched.Error?.Code, Is.EqualTo(OutboundErrors.TooLarge));
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(16 * 1024 * 1024));
    }

    [Test]
    public void A_caller_who_gives_up_gets_an_exception_and_no_value()
    {
        _issuer.BundleEndpoint.Fault = DocumentFault.Hang;
        using var givingUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.That(
            async () => await new OutboundHttp().Get(new Uri(_issuer.BundleUrl), Loopback, givingUp.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase(-1)]
    [TestCase(4)]
    public void More_than_three_redirects_cannot_be_allowed(int redirects) =>
        Assert.That(() => new OutboundOptions { MaxRedirects = redirects }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static byte[] Zipped(ReadOnlySpan<byte> content)
    {
        var zipped = new MemoryStream();
        using (var stream = new GZipStream(zipped, CompressionLevel.SmallestSize))
        {
            stream.Write(content);
        }

        return zipped.ToArray();
    }

    private static async Task<Result<Fetched>> Compressed(string encoding, byte[] body)
    {
        await using var server = await PublicServer.Start();
        server.Answer = async context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(body);
        };
        return await server.Client.Get(server.Url, new OutboundOptions(), CancellationToken.None);
    }

    private Task<Result<Fetched>> Get(OutboundOptions options) =>
        new OutboundHttp().Get(new Uri(_issuer.BundleUrl), options, CancellationToken.None);
}
