using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>Answers that come byte by byte: what begins at once may still take for ever.</summary>
public sealed class SlowAnswerTests : MintFixture
{
    [Test]
    public async Task A_slow_body_that_ends_in_time_is_as_good_as_another()
    {
        Google.DripPause = TimeSpan.FromMilliseconds(1);
        Google.FailEveryone(GoogleFault.SlowBody);
        Google.FailTokenEndpoint(GoogleFault.SlowBody);

        var token = (await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None)).Value;

        Assert.That(Google.Owner(token.Value), Is.EqualTo(Alice.Email));
    }

    [Test]
    public async Task A_body_that_does_not_end_is_silence_and_ends_with_the_time_of_an_attempt([Values] bool atTokenEndpoint)
    {
        using var mint = MintWith(Options with { AttemptLimit = TimeSpan.FromMilliseconds(300), MintLimit = TimeSpan.FromSeconds(30) });
        Google.DripPause = TimeSpan.FromMinutes(1);
        Slow(atTokenEndpoint);

        var refused = await mint.MintOnce(Admin, Alice, Hour, CancellationToken.None);

        Assert.That(refused.Error?.Code, Is.EqualTo("upstream_unavailable"), refused.Error?.Message);
        Assert.That(refused.Error!.Message, Does.Contain("did not answer in time"));
        Assert.That(atTokenEndpoint ? Google.TokenRequests : CallsToMint, Is.EqualTo(4));
    }

    [Test]
    public async Task A_slow_body_holds_up_nobody_but_who_asked_for_that_account()
    {
        var robert = PrincipalOf("robert");
        Google.Grant(robert.Email);
        Google.DripPause = TimeSpan.FromMinutes(1);
        Google.Fail(Alice.Email, GoogleFault.SlowBody);
        using var leaving = new CancellationTokenSource();
        var (source, slow) = (Source(), Source());

        var held = Mint.Mint(slow, Admin, Alice, Hour, leaving.Token);
        var other = await Mint.Mint(source, Admin, robert, Hour, CancellationToken.None);

        Assert.That(Google.Owner(other.Value.Value), Is.EqualTo(robert.Email));
        Assert.That(held.IsCompleted, Is.False);
        await leaving.CancelAsync();
        Assert.That(async () => await held, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    [Description("M6: the first caller hung up, and all who waited with it failed")]
    public async Task When_the_first_of_a_hundred_hangs_up_the_others_get_the_token_of_one_call()
    {
        Google.DripPause = TimeSpan.FromMilliseconds(2);
        Google.FailEveryone(GoogleFault.SlowBody);
        var source = Source();
        using var hangsUp = new CancellationTokenSource();

        var first = Mint.Mint(source, Admin, Alice, Hour, hangsUp.Token);
        var others = Enumerable.Range(0, 99).Select(_ => Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None)).ToArray();
        await hangsUp.CancelAsync();

        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        var tokens = await Task.WhenAll(others);
        Assert.That(tokens.Select(token => Google.Owner(token.Value.Value)), Is.All.EqualTo(Alice.Email));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((1, 1)));
    }

    private void Slow(bool atTokenEndpoint)
    {
        if (atTokenEndpoint)
        {
            Google.FailTokenEndpoint(GoogleFault.SlowBody);
        }
        else
        {
            Google.FailEveryone(GoogleFault.SlowBody);
        }
    }
}
