using NUnit.Framework;

namespace Hoop.Spiffe.Tests;

public sealed class SpiffePrefixTests
{
    [TestCase("spiffe://customer.com/", true)]
    [TestCase("spiffe://customer.com/agent/", true)]
    [TestCase("spiffe://customer.com/agent", false)]
    [TestCase("spiffe://customer.com/ag", false)]
    [TestCase("spiffe://customer.com/agent/.", false)]
    [TestCase("spiffe://customer.com/agent/..", false)]
    public void A_prefix_says_whether_it_ends_at_a_boundary(string text, bool boundary)
    {
        Assert.That(SpiffePrefix.TryParse(text, out var prefix, out var reason), Is.True, reason);
        Assert.Multiple(() =>
        {
            Assert.That(prefix!.EndsAtBoundary, Is.EqualTo(boundary));
            Assert.That(prefix.TrustDomain.Name, Is.EqualTo("customer.com"));
            Assert.That(prefix.Text, Is.EqualTo(text));
        });
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("spiffe://")]
    [TestCase("spiffe://customer.com")]
    [TestCase("spiffe:///agent/")]
    [TestCase("SPIFFE://customer.com/")]
    [TestCase("spiffe://Customer.com/")]
    [TestCase("spiffe://customer.com:80/")]
    [TestCase("spiffe://customer.com//")]
    [TestCase("spiffe://customer.com/a//")]
    [TestCase("spiffe://customer.com/../")]
    [TestCase("spiffe://customer.com/a/../b")]
    [TestCase("spiffe://customer.com/a/./")]
    [TestCase("spiffe://customer.com/a%")]
    [TestCase("spiffe://customer.com/a*")]
    [TestCase("spiffe://customer.com/a?")]
    [TestCase("spiffe://customer.com/\u00AD")]
    public void A_prefix_that_no_identity_can_begin_with_is_refused(string? text)
    {
        Assert.That(SpiffePrefix.TryParse(text, out _, out var reason), Is.False);
        Assert.That(reason, Is.Not.Empty);
    }

    [Test]
    public void A_prefix_holds_2048_bytes_at_most() => Assert.Multiple(() =>
    {
        Assert.That(SpiffePrefix.TryParse("spiffe://td/" + new string('a', 2036), out _, out _), Is.True);
        Assert.That(SpiffePrefix.TryParse("spiffe://td/" + new string('a', 2037), out _, out _), Is.False);
    });

    [TestCase("spiffe://td/agent/", "spiffe://td/agent/x/y", "x/y")]
    [TestCase("spiffe://td/agent", "spiffe://td/agent-evil", "-evil")]
    [TestCase("spiffe://td/agent", "spiffe://td/agent", "")]
    [TestCase("spiffe://td/a_b/", "spiffe://td/a_b/x", "x")]
    public void Matching_means_begins_with_and_the_rest_is_the_workload_identifier(string prefix, string id, string rest)
    {
        Assert.That(Prefix(prefix).Matches(Id(id)), Is.True);
        Assert.That(Prefix(prefix).WorkloadIdentifier(Id(id)), Is.EqualTo(rest));
    }

    [TestCase("spiffe://td/agent/", "spiffe://td/agent")]
    [TestCase("spiffe://td/agent/", "spiffe://td/Agent/x")]
    [TestCase("spiffe://td/agent/", "spiffe://td2/agent/x")]
    [TestCase("spiffe://td/a_b/", "spiffe://td/axb/x")]
    public void Another_identity_does_not_match(string prefix, string id)
    {
        Assert.That(Prefix(prefix).Matches(Id(id)), Is.False);
        Assert.That(() => Prefix(prefix).WorkloadIdentifier(Id(id)), Throws.ArgumentException);
    }

    private static SpiffePrefix Prefix(string text) =>
        SpiffePrefix.TryParse(text, out var prefix, out var reason) ? prefix : throw new ArgumentException(reason, nameof(text));

    private static SpiffeId Id(string text) =>
        SpiffeId.TryParse(text, out var id, out var reason) ? id : throw new ArgumentException(reason, nameof(text));
}
