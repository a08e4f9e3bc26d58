using Hoop.Identity.TokenKeys;
using Hoop.Identity.Vault;
using NUnit.Framework;

namespace Hoop.Identity.Tests.TokenKeys;

/// <summary>What one write makes of a key, field by field.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class KeyChangeTests
{
    private static readonly DateTime Now = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly SigningKey Stored = SigningKey.New("k", Now) with
    {
        Algorithm = "ES256", RotationPeriod = 7200, VerificationTtl = 3600, PublishAhead = 60, AllowedClientIds = ["a"],
        RotatesAt = Now.AddSeconds(5000),
    };

    private static readonly KeyChange Nothing = new(null, null, null, null, default);

    [Test]
    public void What_is_absent_stays() => Assert.That(Nothing.On(Stored, Now), Is.EqualTo(Stored));

    [TestCase("RS256")]
    [TestCase("RS384")]
    [TestCase("RS512")]
    [TestCase("ES256")]
    [TestCase("ES384")]
    [TestCase("ES512")]
    [TestCase("EdDSA")]
    public void Each_algorithm_of_the_reference_makes_a_key_that_signs_and_is_read_again(string algorithm)
    {
        Assert.That((Nothing with { Algorithm = algorithm }).Problem, Is.Null);
        var made = KeyMaterial.Generate(algorithm);
        using var native = KeyMaterial.Import(algorithm, made.Pkcs8);
        var signature = KeyMaterial.Sign(algorithm, native, "input"u8.ToArray());
        Assert.Multiple(() =>
        {
            Assert.That(
                signature, Has.Length.EqualTo(algorithm switch { "ES256" or "EdDSA" => 64, "ES384" => 96, "ES512" => 132, _ => 256 }));
            Assert.That(made.PublicJwk, Does.Contain($"\"alg\":\"{algorithm}\"").And.Contain($"\"kid\":\"{made.Id}\""));
            Assert.That(made.PublicJwk, Does.Not.Contain("\"d\"").And.Not.Contain("\"p\"").And.Not.Contain("\"q\""));
            Assert.That(KeyMaterial.Generate(algorithm).PublicJwk, Is.Not.EqualTo(made.PublicJwk));
        });
    }

    [TestCase("")]
    [TestCase("none")]
    [TestCase("HS256")]
    [TestCase("PS256")]
    [TestCase("es256")]
    [TestCase("ES256 ")]
    [TestCase("ES256K")]
    [TestCase("eddsa")]
    [TestCase("Ed25519")]
    [TestCase("Ed448")]
    public void Another_algorithm_is_unknown(string algorithm) =>
        Assert.That((Nothing with { Algorithm = algorithm }).Problem, Is.EqualTo($"unknown signing algorithm \"{algorithm}\""));

    [TestCase(59, "rotation_period must be at least one minute")]
    [TestCase(0, "rotation_period must be at least one minute")]
    [TestCase(60, null)]
    public void A_period(int seconds, string? problem) =>
        Assert.That((Nothing with { RotationPeriod = seconds }).Problem, Is.EqualTo(problem));

    [TestCase(60, 600, 60, null)]
    [TestCase(60, 601, 0, "verification_ttl cannot be longer than 10x rotation_period")]
    [TestCase(60, 0, 0, null)]
    [TestCase(60, 60, 61, "publish_ahead cannot be longer than rotation_period: the next key is published for one period before it signs")]
    public void Times_that_fit_each_other(int period, int verification, int ahead, string? problem) => Assert.That(
        KeyChange.Misfit(Stored with { RotationPeriod = period, VerificationTtl = verification, PublishAhead = ahead })?.Message,
        Is.EqualTo(problem));

    [TestCase(3600, 3600, Description = "a shorter plan comes earlier")]
    [TestCase(5000, 5000)]
    [TestCase(9000, 5000, Description = "a longer one leaves the next rotation where it was")]
    public void A_new_period_moves_the_next_rotation_nearer_and_never_away(int period, int rotatesIn) => Assert.That(
        (Nothing with { RotationPeriod = period }).On(Stored, Now).RotatesAt, Is.EqualTo(Now.AddSeconds(rotatesIn)));

    [TestCase(new[] { "b", "a", "b" }, new[] { "b", "a" })]
    [TestCase(new string[0], new string[0])]
    [TestCase(null, new string[0])]
    public void The_audiences_are_replaced_as_a_whole(string[]? sent, string[] kept) => Assert.That(
        (Nothing with { AllowedClientIds = Field<string[]>.Of(sent) }).On(Stored, Now).AllowedClientIds, Is.EqualTo(kept));

    [TestCase("a", true)]
    [TestCase("A", false)]
    [TestCase("b", false)]
    [TestCase("", false)]
    [TestCase("*", false)]
    public void A_key_signs_for_the_audiences_that_it_lists_to_the_letter(string audience, bool allowed) =>
        Assert.That(Stored.Allows(audience), Is.EqualTo(allowed));

    [Test]
    public void A_star_lists_every_audience([Values("a", "", "sts.amazonaws.com")] string audience) =>
        Assert.That((Stored with { AllowedClientIds = ["*"] }).Allows(audience));

    [TestCase(1000, 255, null)]
    [TestCase(1001, 1, "allowed_client_ids: use at most 1000, or *")]
    [TestCase(1, 256, "allowed_client_ids: an id has 1 to 255 characters")]
    [TestCase(1, 0, "allowed_client_ids: an id has 1 to 255 characters")]
    public void The_audiences_are_bounded(int count, int length, string? problem) => Assert.That(
        (Nothing with { AllowedClientIds = Field<string[]>.Of([.. Enumerable.Repeat(new string('a', length), count)]) }).Problem,
        Is.EqualTo(problem));

    [Test]
    public void A_new_key_has_Vault_s_defaults_and_default_waits_a_day_before_it_signs()
    {
        var (other, own) = (SigningKey.New("other", Now), SigningKey.New("default", Now));
        Assert.Multiple(() =>
        {
            Assert.That(
                other with { AllowedClientIds = [] }, Is.EqualTo(
                    new SigningKey(other.Id, "other", "RS256", 86400, 86400, 0, [], Now.AddDays(1)) with { AllowedClientIds = [] }));
            Assert.That(other.AllowedClientIds, Is.Empty);
            Assert.That(own.PublishAhead, Is.EqualTo(86400));
            Assert.That(own.AllowedClientIds, Is.EqualTo(new[] { "*" }));
        });
    }
}
