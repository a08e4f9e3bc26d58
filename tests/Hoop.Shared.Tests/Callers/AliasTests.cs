using Hoop.Shared.Callers;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Callers;

/// <summary>Two callers are the same one when their aliases are equal, and not otherwise.</summary>
public sealed class AliasTests
{
    private static readonly Guid Id = Guid.Parse("018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f");

    [Test]
    public void Each_kind_of_credential_has_a_mount_of_its_own()
    {
        Alias[] all =
        [
            Alias.OfToken(Id), Alias.OfAgentKey(Id), Alias.OfSpiffeId(Id.ToString()),
            Alias.OfServiceAccount("https://a.test", Id.ToString()), Alias.OfPerson("https://a.test", Id.ToString()),
        ];
        Assert.That(all.Select(alias => alias.Mount), Is.Unique);
    }

    [TestCase("https://a.test", "b#c", "https://a.test#b", "c", Description = "an issuer holds no fragment, so no parts are shifted")]
    [TestCase("https://a.test", "x", "https://b.test", "x")]
    [TestCase("https://a.test/", "x", "https://a.test", "/x")]
    [TestCase("https://a.test", "X", "https://a.test", "x")]
    public void Issuer_and_subject_are_told_apart(string issuer, string subject, string otherIssuer, string otherSubject) =>
        Assert.That(Alias.OfServiceAccount(issuer, subject), Is.Not.EqualTo(Alias.OfServiceAccount(otherIssuer, otherSubject)));

    [Test]
    public void One_text_names_it_in_logs() => Assert.That(
        Alias.OfServiceAccount("https://a.test", "ci").ToString(), Is.EqualTo("auth/serviceaccount/https://a.test#ci"));

    [Test]
    public void A_verdict_that_nobody_gave_is_a_refusal()
    {
        var nothing = default(Verdict<Alias>);
        Assert.That((nothing.Accepted, nothing.Refusal!.Code), Is.EqualTo((false, "malformed")));
        Verdict<Alias> refused = new Refusal("expired", "it ended");
        Assert.That((refused.Accepted, refused.Proven, refused.Refusal!.Code), Is.EqualTo((false, (Alias?)null, "expired")));
        Verdict<Alias> accepted = Alias.OfToken(Id);
        Assert.That((accepted.Accepted, accepted.Refusal), Is.EqualTo((true, (Refusal?)null)));
    }
}
