using Hoop.Federation.Minting;
using Hoop.Shared.Results;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

public sealed class RetryPauseTests
{
    [Test]
    public void A_refusal_that_cannot_change_is_not_asked_for_again()
    {
        Assert.That(RetryPause.After(Refusal(maxAttempts: 1), attempt: 1), Is.Null);
        Assert.That(RetryPause.After(Refusal(maxAttempts: 4), attempt: 3), Is.Not.Null);
        Assert.That(RetryPause.After(Refusal(maxAttempts: 4), attempt: 4), Is.Null);
    }

    [Test]
    public void Each_pause_is_longer_than_the_one_before_and_never_shorter_than_asked()
    {
        for (var round = 0; round < 100; round++)
        {
            Assert.That(RetryPause.After(Refusal(4), 1)!.Value.TotalMilliseconds, Is.InRange(100, 200));
            Assert.That(RetryPause.After(Refusal(4), 3)!.Value.TotalMilliseconds, Is.InRange(400, 800));
            Assert.That(RetryPause.After(Refusal(4, "rate_limited"), 1)!.Value.TotalMilliseconds, Is.InRange(500, 1000));
            Assert.That(RetryPause.After(Refusal(4, retryAfter: TimeSpan.FromSeconds(3)), 1)!.Value.TotalSeconds, Is.InRange(3, 3.2));
            Assert.That(
                RetryPause.After(Refusal(4, retryAfter: TimeSpan.Zero), 3)!.Value.TotalMilliseconds,
                Is.InRange(400, 800),
                "a date in the past asks for nothing");
        }
    }

    private static GoogleRefusal Refusal(int maxAttempts, string code = "upstream_unavailable", TimeSpan? retryAfter = null) =>
        new(Error.Unavailable("", code), maxAttempts, retryAfter);
}
