using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Hoop.Shared.Jose;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Jose;

/// <summary>Public keys in PEM become the key set that everything else reads.</summary>
public sealed class PemKeySetTests
{
    [Test]
    public void Keys_of_each_kind_and_certificates_are_read_and_named_by_their_number()
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=issuer.test", own, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string[] pems =
        [
            rsa.ExportSubjectPublicKeyInfoPem(), rsa.ExportRSAPublicKeyPem(), curve.ExportSubjectPublicKeyInfoPem(),
            certificate.ExportCertificatePem(),
        ];

        var keys = Read(PemKeySet.ToJwks(pems)!).Keys;

        Assert.That(
            keys.Select(key => $"{key.KeyId} {key.Kind}"), Is.EqualTo(new[] { "0 Rsa", "1 Rsa", "2 P384", "3 P256" }));
        Assert.That(keys[0].Thumbprint, Is.EqualTo(keys[1].Thumbprint));
    }

    [Test]
    public void A_private_key_or_no_key_at_all_is_refused()
    {
        using var rsa = RSA.Create(2048);
        Assert.Multiple(() =>
        {
            Assert.That(PemKeySet.ToJwks([rsa.ExportPkcs8PrivateKeyPem()]), Is.Null);
            Assert.That(PemKeySet.ToJwks(["nothing"]), Is.Null);
            Assert.That(PemKeySet.ToJwks([""]), Is.Null);
            Assert.That(PemKeySet.ToJwks([rsa.ExportSubjectPublicKeyInfoPem(), "nothing"]), Is.Null);
        });
    }

    [Test]
    public void A_short_key_is_skipped_with_its_reason()
    {
        using var rsa = RSA.Create(1024);
        var set = Read(PemKeySet.ToJwks([rsa.ExportSubjectPublicKeyInfoPem()])!);
        Assert.That(set.Keys, Is.Empty);
        Assert.That(set.Skipped.Single(), Does.Contain("1024 bits"));
    }

    private static JsonWebKeySet Read(string jwks) => JsonWebKeySet.Parse(Encoding.UTF8.GetBytes(jwks)).Value;
}
