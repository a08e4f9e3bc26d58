using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>A gateway whose certificate comes from a private authority.</summary>
public sealed class TlsTests
{
    private X509Certificate2 _certificate = null!;
    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _certificate = Certificate();
        _gateway = await StubGateway.Start(_certificate);
        _gateway.On("GET /api/serviceaccounts", 200, """[{"subject":"ci"}]""");
        _hoop = new HoopProcess(token: null);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
        _certificate.Dispose();
    }

    [Test]
    public async Task It_is_not_trusted_by_itself_and_gets_no_token()
    {
        await Configure();

        var ran = await _hoop.Run("admin", "get", "sa");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(
            ran.Error,
            Does.StartWith($"error: no secure connection to {_gateway.Address.ToString().TrimEnd('/')}: ").And.EndsWith(
                "A private authority is trusted by hoop config create --tls-ca FILE\n"));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task Its_authority_can_be_named_in_the_file()
    {
        await Configure("--tls-ca", _hoop.File("ca.pem", _certificate.ExportCertificatePem()));

        var ran = await _hoop.Run("admin", "get", "sa");

        Assert.That((ran.Code, ran.Error), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task Its_authority_can_be_named_in_a_variable()
    {
        await Configure();
        _hoop.With("HOOP_TLSCA", "file://" + _hoop.File("ca.pem", _certificate.ExportCertificatePem()));

        Assert.That((await _hoop.Run("admin", "get", "sa")).Code, Is.Zero);
    }

    [Test]
    public async Task Another_authority_does_not_do()
    {
        using var other = Certificate();
        await Configure("--tls-ca", _hoop.File("ca.pem", other.ExportCertificatePem()));

        Assert.That((await _hoop.Run("admin", "get", "sa")).Code, Is.EqualTo(1));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task Skipping_the_verification_is_possible_and_told_each_time()
    {
        await Configure("--skip-tls-verify");

        var ran = await _hoop.Run("admin", "get", "sa");

        Assert.That((ran.Code, ran.Error), Is.EqualTo((0, "warning: the gateway's certificate is not verified (skip_tls_verify)\n")));
    }

    [Test]
    public async Task A_file_without_a_certificate_is_refused()
    {
        var ran = await _hoop.Run(
            "config", "create", "--api-url", _gateway.Address.ToString(), "--tls-ca", _hoop.File("ca.pem", "nothing"));

        Assert.That(ran, Is.EqualTo(new Ran(1, "", "error: --tls-ca: no PEM certificate in it\n")));
    }

    private Task Configure(params string[] more) =>
        _hoop.RunWithInput(HoopProcess.Token, ["config", "create", "--api-url", _gateway.Address.ToString(), "--token-file", "-", .. more]);

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hoop test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
    }
}
