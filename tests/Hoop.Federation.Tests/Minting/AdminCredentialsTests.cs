using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.Federation.Minting;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

public sealed class AdminCredentialsTests
{
    private static readonly string[] Google = ["https://oauth2.googleapis.com/token"];
    private static readonly string Pem = NewRsa(2048).ExportPkcs8PrivateKeyPem();

    [Test]
    public void A_key_file_as_the_console_makes_it_is_taken()
    {
        var admin = Parse(File()).Value;

        Assert.That(
            (admin.ClientEmail, admin.KeyId, admin.TokenUri),
            Is.EqualTo(("hoop-admin@my-proj.iam.gserviceaccount.com", "0123abcd", Google[0])));
        Assert.That(admin.ToString(), Does.Not.Contain("PRIVATE"));
    }

    [TestCase("https://accounts.google.com/o/oauth2/token")]
    [TestCase("https://www.googleapis.com/oauth2/v4/token")]
    public void A_former_address_of_Google_means_the_one_of_today(string tokenUri)
    {
        Assert.That(Parse(File(("token_uri", tokenUri))).Value.TokenUri, Is.EqualTo(Google[0]));
    }

    [TestCase("http://oauth2.googleapis.com/token")]
    [TestCase("https://oauth2.googleapis.com/token/")]
    [TestCase("https://oauth2.googleapis.com/TOKEN")]
    [TestCase("https://oauth2.googleapis.com@evil.test/token")]
    [TestCase("http://169.254.169.254/token")]
    [TestCase(null)]
    public void Any_other_address_is_refused(string? tokenUri)
    {
        Assert.That(
            Problem(File(("token_uri", tokenUri))),
            Does.StartWith("token_uri must be https://oauth2.googleapis.com/token").And.Contain("operator"));
    }

    [Test]
    public void The_five_faults_of_a_private_key_are_told_apart()
    {
        using var weak = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var strong = NewRsa(2048);
        var encrypted = strong.ExportEncryptedPkcs8PrivateKeyPem(
            "password", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));

        Assert.Multiple(() =>
        {
            Assert.That(ProblemOfKey("MIIEvQIBADANBgkqhkiG9w0BAQ"), Does.Contain("is not in PEM form"));
            Assert.That(ProblemOfKey(Pem.Replace("\n", "\\n", StringComparison.Ordinal)), Does.Contain("the two characters \\ and n"));
            Assert.That(ProblemOfKey(encrypted), Does.Contain("is encrypted"));
            Assert.That(ProblemOfKey(curve.ExportPkcs8PrivateKeyPem()), Does.Contain("elliptic curves"));
            Assert.That(ProblemOfKey(curve.ExportECPrivateKeyPem()), Does.Contain("elliptic curves"));
            Assert.That(ProblemOfKey(weak.ExportPkcs8PrivateKeyPem()), Does.Contain("has 1024 bits; at least 2048"));
            Assert.That(ProblemOfKey(strong.ExportSubjectPublicKeyInfoPem()), Does.Contain("holds no private key"));
            Assert.That(ProblemOfKey("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), Does.Contain("is damaged"));
            Assert.That(ProblemOfKey(""), Does.Contain("is not in PEM form"));
            Assert.That(Problem(File(("private_key", null))), Does.Contain("private_key is missing"));
        });
    }

    [Test]
    public void Blanks_in_place_of_line_ends_and_the_older_form_of_a_key_work()
    {
        using var key = NewRsa(2048);

        Assert.That(Parse(File(("private_key", Pem.Replace('\n', ' ')))).Error, Is.Null);
        Assert.That(Parse(File(("private_key", key.ExportRSAPrivateKeyPem()))).Error, Is.Null);
    }

    [TestCase("hoop-admin@my-proj.iam.gserviceaccount.com ", "is not an address: look for blanks at its ends")]
    [TestCase("hoop-admin@my-proj.iam.gserviceaccount.com\n", "is not an address")]
    [TestCase("hoop-admin", "is not an address")]
    [TestCase("a@b@c", "is not an address")]
    [TestCase("", "claim is missing")]
    [TestCase(null, "claim is missing")]
    public void A_wrong_client_email_is_told_apart_from_a_missing_one(string? email, string told)
    {
        Assert.That(Problem(File(("client_email", email))), Does.StartWith("client_email " + told));
    }

    [TestCase("apis-example.goog", "universe_domain is \"apis-example.goog\"; only googleapis.com is supported")]
    [TestCase("", "universe_domain is \"\"; only googleapis.com is supported")]
    [TestCase("googleapis.com.evil.test", "universe_domain is \"googleapis.com.evil.test\"; only googleapis.com is supported")]
    public void Another_universe_is_refused_by_name(string universe, string told)
    {
        Assert.That(Problem(File(("universe_domain", universe))), Is.EqualTo(told));
    }

    [Test]
    public void A_file_of_another_universe_age_has_no_such_member_and_is_taken()
    {
        Assert.That(Parse(File(("universe_domain", null))).Error, Is.Null);
        Assert.That(
            Problem("""{"type":"service_account","client_email":"a@b","universe_domain":7}"""),
            Does.StartWith("universe_domain is not a text"));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{")]
    [TestCase("{} {}")]
    [TestCase("\"text\"")]
    [TestCase("""{"type":"authorized_user","type":"service_account"}""",
        Description = "two readers could disagree about a repeated member")]
    [TestCase("""{"type":"service_account","client_email":"\ud800"}""")]
    [TestCase("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}""")]
    public void What_is_not_one_strict_object_is_not_valid_JSON(string file)
    {
        Assert.That(Problem(file), Does.StartWith("not valid JSON"));
    }

    [TestCase("authorized_user")]
    [TestCase("impersonated_service_account")]
    [TestCase(null)]
    public void Only_a_service_account_is_taken(string? type)
    {
        Assert.That(Problem(File(("type", type))), Does.StartWith("expected service_account JSON"));
    }

    [Test]
    public void No_message_repeats_the_key()
    {
        var canary = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        foreach (var pem in new[] { canary, $"-----BEGIN PRIVATE KEY-----\n{canary}\n-----END PRIVATE KEY-----",
            $"-----BEGIN {canary}-----" })
        {
            Assert.That(Parse(File(("private_key", pem))).Error!.Message, Does.Not.Contain(canary));
        }
    }

    private static Hoop.Shared.Results.Result<AdminCredentials> Parse(string file) =>
        AdminCredentials.Parse(Encoding.UTF8.GetBytes(file), new FederationOptions(new Uri("https://iam.test/"), Google));

    private static string Problem(string file)
    {
        var error = Parse(file).Error!;
        Assert.That(error.Code, Is.EqualTo("admin_credentials_invalid"));
        return error.Message["invalid admin service-account JSON: ".Length..];
    }

    private static string ProblemOfKey(string pem) => Problem(File(("private_key", pem)));

    private static string File(params (string Name, string? Value)[] changes)
    {
        var file = new JsonObject
        {
            ["type"] = "service_account",
            ["project_id"] = "my-proj",
            ["private_key_id"] = "0123abcd",
            ["private_key"] = Pem,
            ["client_email"] = "hoop-admin@my-proj.iam.gserviceaccount.com",
            ["token_uri"] = Google[0],
            ["universe_domain"] = "googleapis.com",
        };
        foreach (var (name, value) in changes)
        {
            file.Remove(name);
            if (value is not null)
            {
                file[name] = value;
            }
        }

        return file.ToJsonString();
    }

    private static RSA NewRsa(int bits) => RSA.Create(bits);
}
