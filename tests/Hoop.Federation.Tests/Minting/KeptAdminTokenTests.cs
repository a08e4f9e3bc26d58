using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>What happens when Google stops taking a kept token of the admin account: one exchange, one more call, and no loop.</summary>
public sealed class KeptAdminTokenTests : MintFixture
{
    private MintSource _source = null!;
    private CloudPrincipal _bob = null!;

    [SetUp]
    public async Task KeepATokenOfTheAdminAccount()
    {
        (_source, _bob) = (Source(), PrincipalOf("robert"));
        Google.Grant(_bob.Email);
        Assert.That((await Mint.Mint(_source, Admin, Alice, Hour, CancellationToken.None)).Error, Is.Null);
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_kept_token_serves_the_next_user_without_another_exchange()
    {
        Assert.That((await MintForBob()).Error, Is.Null);
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task A_kept_token_that_is_not_taken_any_more_is_renewed_and_the_session_goes_on()
    {
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected, times: 1);

        var token = (await MintForBob()).Value;

        Assert.That(Google.Owner(token.Value), Is.EqualTo(_bob.Email));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((2, 3)));
    }

    [Test]
    public async Task What_is_not_taken_either_is_not_renewed_again()
    {
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected);

        Assert.That((await MintForBob()).Error?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((2, 3)), "one exchange and one more call");
    }

    [Test]
    public async Task A_fresh_token_that_is_not_taken_is_final()
    {
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected);

        Assert.That(
            (await Mint.Mint(Source(), Admin, _bob, Hour, CancellationToken.None)).Error?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task A_key_that_was_deleted_meanwhile_is_told_after_one_exchange()
    {
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected);
        Google.FailTokenEndpoint(GoogleFault.CredentialsRejected);

        Assert.That((await MintForBob()).Error?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((2, 2)));
    }

    [TestCase(GoogleFault.OtherPermissionDenied, "admin_credentials_rejected")]
    [TestCase(GoogleFault.PermissionDenied, "principal_denied")]
    [TestCase(GoogleFault.NotFound, "principal_not_found")]
    [TestCase(GoogleFault.ServiceDisabled, "api_disabled")]
    [TestCase(GoogleFault.PerimeterViolation, "vpc_service_controls")]
    public async Task A_refusal_that_is_not_about_the_token_exchanges_nothing(GoogleFault fault, string code)
    {
        Google.Fail(_bob.Email, fault);

        Assert.That((await MintForBob()).Error?.Code, Is.EqualTo(code));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task A_rejected_token_is_forgotten_and_the_next_session_exchanges_the_key()
    {
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected);
        await MintForBob();
        Google.Fail(_bob.Email, GoogleFault.None);

        Assert.That((await MintForBob()).Error, Is.Null);
        Assert.That(Google.TokenRequests, Is.EqualTo(3));
    }

    [Test]
    public async Task A_failing_token_endpoint_gives_its_own_code_and_never_an_unreadable_answer()
    {
        Google.FailTokenEndpoint(GoogleFault.CredentialsRejected);

        var dry = await Mint.MintOnce(Admin, _bob, Hour, CancellationToken.None);
        var session = await Mint.Mint(Source(), Admin, _bob, Hour, CancellationToken.None);

        Assert.That(dry.Error?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(session.Error?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(session.Error?.Message, Does.Contain("invalid_grant"));
    }

    [Test]
    public async Task A_dry_run_does_not_renew()
    {
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected);

        Assert.That(
            (await Mint.MintOnce(Admin, _bob, Hour, CancellationToken.None)).Error?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That((Google.TokenRequests, CallsToMint), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task The_renewal_stays_within_the_total_time()
    {
        var options = Options with { AttemptLimit = TimeSpan.FromMilliseconds(300), MintLimit = TimeSpan.FromSeconds(1) };
        using var mint = MintWith(options);
        Assert.That((await mint.Mint(_source, Admin, Alice, Hour, CancellationToken.None)).Error, Is.Null);
        Google.Fail(_bob.Email, GoogleFault.CredentialsRejected, times: 1);
        Google.FailTokenEndpoint(GoogleFault.Hang);
        var started = TimeProvider.System.GetTimestamp();

        var refused = await mint.Mint(_source, Admin, _bob, Hour, CancellationToken.None);

        Assert.That(refused.Error?.Code, Is.EqualTo("upstream_unavailable"));
        Assert.That(
            TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(8)), "the limit, and room for a busy machine");
    }

    private Task<Hoop.Shared.Results.Result<Token>> MintForBob() => Mint.Mint(_source, Admin, _bob, Hour, CancellationToken.None);
}
