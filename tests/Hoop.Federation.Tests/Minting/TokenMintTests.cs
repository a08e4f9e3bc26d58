using Hoop.Federation.Minting;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>The table of Google's answers, and what is made of each.</summary>
public sealed class TokenMintTests : MintFixture
{
    [Test]
    public async Task A_token_is_the_principals_and_ends_when_Google_says()
    {
        var token = (await Mint.MintOnce(Admin, Alice, TimeSpan.FromSeconds(900), CancellationToken.None)).Value;
        var call = Google.Calls.Single();

        Assert.Multiple(() =>
        {
            Assert.That(Google.Owner(token.Value), Is.EqualTo(Alice.Email));
            Assert.That(token.ExpiresAt, Is.EqualTo(Google.Find(token.Value)!.ExpiresAt).Within(TimeSpan.FromSeconds(1)));
            Assert.That(
                call.RawTarget, Is.EqualTo("/v1/projects/-/serviceAccounts/alice%40my-proj.iam.gserviceaccount.com:generateAccessToken"));
            Assert.That(call.Lifetime, Is.EqualTo("900s"));
            Assert.That(call.Scopes, Is.EqualTo(new[] { IamCredentials.CloudPlatformScope }));
            Assert.That(call.Compressed, Is.False);
        });
    }

    [TestCase(GoogleFault.PermissionDenied, "principal_denied", 1)]
    [TestCase(GoogleFault.NotFound, "principal_not_found", 1)]
    [TestCase(GoogleFault.ServiceDisabled, "api_disabled", 1)]
    [TestCase(GoogleFault.InvalidArgument, "invalid_request", 1)]
    [TestCase(GoogleFault.CredentialsRejected, "admin_credentials_rejected", 1)]
    [TestCase(GoogleFault.RateLimited, "rate_limited", 4)]
    [TestCase(GoogleFault.InternalError, "upstream_unavailable", 4)]
    [TestCase(GoogleFault.BadGatewayHtml, "upstream_unavailable", 4)]
    [TestCase(GoogleFault.Unavailable, "upstream_unavailable", 4)]
    [TestCase(GoogleFault.GatewayTimeout, "upstream_unavailable", 4)]
    [TestCase(GoogleFault.Down, "upstream_unavailable", 4)]
    [TestCase(GoogleFault.PermissionDeniedWithoutDetails, "principal_denied", 1)]
    [TestCase(GoogleFault.OtherPermissionDenied, "admin_credentials_rejected", 1)]
    [TestCase(GoogleFault.PerimeterViolation, "vpc_service_controls", 1)]
    [TestCase(GoogleFault.SecurityPolicyViolated, "vpc_service_controls", 1)]
    [TestCase(GoogleFault.ForbiddenHtml, "upstream_unavailable", 1,
        Description = "the page of an egress proxy says nothing about an account")]
    [TestCase(GoogleFault.NotFoundHtml, "upstream_unavailable", 1)]
    [TestCase(GoogleFault.ProxyAuthentication, "upstream_unavailable", 1)]
    [TestCase(GoogleFault.CutBody, "upstream_invalid", 2)]
    [TestCase(GoogleFault.HtmlPage, "upstream_invalid", 2)]
    [TestCase(GoogleFault.JsonNull, "upstream_invalid", 2)]
    [TestCase(GoogleFault.JsonList, "upstream_invalid", 2)]
    [TestCase(GoogleFault.CutJson, "upstream_invalid", 2)]
    [TestCase(GoogleFault.EmptyBody, "upstream_invalid", 2)]
    [TestCase(GoogleFault.RepeatedMember, "upstream_invalid", 2)]
    [TestCase(GoogleFault.GarbageToken, "upstream_invalid", 2)]
    [TestCase(GoogleFault.EmptyObject, "upstream_invalid", 2)]
    [TestCase(GoogleFault.MissingExpireTime, "upstream_invalid", 2)]
    [TestCase(GoogleFault.GarbageExpireTime, "upstream_invalid", 2)]
    [TestCase(GoogleFault.PastExpireTime, "upstream_invalid", 2)]
    [TestCase(GoogleFault.LateExpireTime, "upstream_invalid", 2, Description = "CVE-2020-12757, CVE-2021-32923: longer life than asked")]
    public async Task Each_refusal_has_a_code_and_a_bounded_number_of_attempts(GoogleFault fault, string code, int attempts)
    {
        Google.FailEveryone(fault);

        var error = (await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None)).Error!;

        Assert.That(error.Code, Is.EqualTo(code), error.Message);
        Assert.That(error.Message, Does.StartWith("impersonation of \"alice@my-proj.iam.gserviceaccount.com\" failed: "));
        Assert.That(Google.Targets.Count(target => target.Contains("generateAccessToken", StringComparison.Ordinal)), Is.EqualTo(attempts));
        Assert.That(
            GoogleRefusals.AllowsFallback(code),
            Is.EqualTo(fault is GoogleFault.PermissionDenied or GoogleFault.PermissionDeniedWithoutDetails or GoogleFault.NotFound));
        Assert.That(Google.TokenRequests, Is.EqualTo(1), "the admin key is exchanged once, however often the call is repeated");
    }

    [Test]
    public async Task A_wait_longer_than_the_limit_is_not_begun(
        [Values(GoogleFault.RateLimited, GoogleFault.Unavailable)] GoogleFault fault, [Values] bool asDate, [Values] bool atTokenEndpoint)
    {
        (Google.RetryAfter, Google.RetryAfterIsDate, Google.RetryAfterOnUnavailable) = (TimeSpan.FromMinutes(1), asDate, true);
        Google.FailEveryone(atTokenEndpoint ? GoogleFault.None : fault);
        Google.FailTokenEndpoint(atTokenEndpoint ? fault : GoogleFault.None);

        Assert.That((await Refusal())!.Code, Is.EqualTo(fault == GoogleFault.RateLimited ? "rate_limited" : "upstream_unavailable"));
        Assert.That(Google.TokenRequests + CallsToMint, Is.EqualTo(atTokenEndpoint ? 1 : 2));
    }

    [Test]
    public async Task What_Retry_After_asks_for_is_waited(
        [Values(GoogleFault.RateLimited, GoogleFault.Unavailable)] GoogleFault fault, [Values] bool atTokenEndpoint)
    {
        (Google.RetryAfter, Google.RetryAfterOnUnavailable) = (TimeSpan.FromSeconds(2), true);
        Google.FailEveryone(atTokenEndpoint ? GoogleFault.None : fault, times: 1);
        Google.FailTokenEndpoint(atTokenEndpoint ? fault : GoogleFault.None, times: 1);
        var started = TimeProvider.System.GetTimestamp();

        Assert.That(await Refusal(), Is.Null);
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.GreaterThan(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task Silence_is_waited_for_within_the_limit_only()
    {
        using var mint = MintWith(Options with { AttemptLimit = TimeSpan.FromMilliseconds(400), MintLimit = TimeSpan.FromSeconds(2) });
        Google.FailEveryone(GoogleFault.Hang);
        var started = TimeProvider.System.GetTimestamp();

        Assert.That((await mint.MintOnce(Admin, Alice, Hour, CancellationToken.None)).Error!.Code, Is.EqualTo("upstream_unavailable"));
        Assert.That(
            TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(8)), "the limit, and room for a busy machine");
    }

    [TestCase(GoogleFault.CredentialsRejected, "admin_credentials_rejected")]
    [TestCase(GoogleFault.RateLimited, "rate_limited")]
    [TestCase(GoogleFault.InternalError, "upstream_unavailable")]
    [TestCase(GoogleFault.BadGatewayHtml, "upstream_unavailable")]
    [TestCase(GoogleFault.Down, "upstream_unavailable")]
    [TestCase(GoogleFault.InternalFailure, "upstream_unavailable")]
    [TestCase(GoogleFault.ForbiddenHtml, "upstream_unavailable")]
    [TestCase(GoogleFault.NotFoundHtml, "upstream_unavailable")]
    [TestCase(GoogleFault.ProxyAuthentication, "upstream_unavailable")]
    [TestCase(GoogleFault.PerimeterViolation, "vpc_service_controls")]
    [TestCase(GoogleFault.PermissionDenied, "admin_credentials_rejected")]
    [TestCase(GoogleFault.CutBody, "upstream_invalid")]
    [TestCase(GoogleFault.EmptyObject, "upstream_invalid")]
    [TestCase(GoogleFault.HtmlPage, "upstream_invalid")]
    [TestCase(GoogleFault.JsonNull, "upstream_invalid")]
    [TestCase(GoogleFault.JsonList, "upstream_invalid")]
    [TestCase(GoogleFault.CutJson, "upstream_invalid")]
    [TestCase(GoogleFault.EmptyBody, "upstream_invalid")]
    [TestCase(GoogleFault.RepeatedMember, "upstream_invalid")]
    [TestCase(GoogleFault.GarbageToken, "upstream_invalid")]
    [TestCase(GoogleFault.IdTokenOnly, "upstream_invalid", Description = "an id_token opens nothing")]
    public async Task The_token_endpoint_fails_with_the_same_codes(GoogleFault fault, string code)
    {
        Google.FailTokenEndpoint(fault);

        var error = (await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None)).Error!;

        Assert.That(error.Code, Is.EqualTo(code), error.Message);
        Assert.That(error.Message, Does.Not.Contain("expiry").And.Not.Contain("<"));
        Assert.That(Google.Calls, Is.Empty);
        Assert.That(GoogleRefusals.AllowsFallback(code), Is.False);
    }

    [Test]
    [Description("googleapis/google-auth-library-java#853: a good access token counts whatever stands beside it")]
    public async Task An_id_token_beside_the_access_token_is_not_looked_at()
    {
        Google.FailTokenEndpoint(GoogleFault.GarbageIdToken);

        Assert.That(await Refusal(), Is.Null);
    }

    [TestCase(GoogleFault.HtmlPage)]
    [TestCase(GoogleFault.JsonNull)]
    [TestCase(GoogleFault.CutJson)]
    [TestCase(GoogleFault.EmptyBody)]
    public async Task An_unreadable_answer_is_not_told_as_a_wrong_lifetime(GoogleFault fault)
    {
        Google.FailEveryone(fault);

        Assert.That((await Refusal())!.Message, Does.Contain("could not be read").And.Not.Contain("expiry"));
    }

    [TestCase(GoogleFault.Unavailable)]
    [TestCase(GoogleFault.CutBody)]
    [TestCase(GoogleFault.RateLimited)]
    public async Task One_passing_fault_is_survived(GoogleFault fault)
    {
        Google.FailEveryone(fault, times: 1);

        Assert.That((await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None)).Error, Is.Null);
    }

    [Test]
    public async Task A_lifetime_beyond_what_the_account_allows_is_an_invalid_request()
    {
        Assert.That(
            (await Mint.MintOnce(Admin, Alice, TimeSpan.FromSeconds(3601), CancellationToken.None)).Error!.Code,
            Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task A_cancelled_caller_does_not_wait_for_Google()
    {
        Google.FailEveryone(GoogleFault.Hang);
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        Assert.That(async () => await Mint.MintOnce(Admin, Alice, Hour, impatient.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Google.Calls.Where(call => call.Status == 200), Is.Empty);
    }

    [Test]
    public async Task A_thousand_sessions_of_one_user_make_one_call_to_each_endpoint()
    {
        Google.Delay = TimeSpan.FromMilliseconds(100);
        var source = Source();

        var tokens = await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(_ => Task.Run(() => Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None))));

        Assert.That(tokens.Select(token => token.Value.Value).Distinct().Count(), Is.EqualTo(1));
        Assert.That(Google.Calls, Has.Count.EqualTo(1));
        Assert.That(Google.TokenRequests, Is.EqualTo(1));
    }

    [Test]
    [Description("CVE-2025-26620, CVE-2024-51987: under load, nobody gets the token of another")]
    public async Task Parallel_sessions_of_many_users_never_mix()
    {
        var users = Enumerable.Range(0, 20).Select(index => PrincipalOf($"worker-{index}")).ToArray();
        foreach (var user in users)
        {
            Google.Grant(user.Email);
        }

        var sources = Enumerable.Range(0, 3).Select(_ => Source()).ToArray();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 2000).Select(index => Task.Run(async () =>
        {
            var user = users[index % users.Length];
            return (user.Email,
                Token: (await Mint.Mint(sources[index % sources.Length], Admin, user, Hour, CancellationToken.None)).Value.Value);
        })));

        Assert.That(outcomes.Where(outcome => Google.Owner(outcome.Token) != outcome.Email), Is.Empty);
        Assert.That(Google.Calls, Has.Count.EqualTo(users.Length * sources.Length));
    }

    [Test]
    public async Task Whatever_the_token_depends_on_is_part_of_its_key()
    {
        var source = Source();
        await Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None);
        await Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None);
        Assert.That(Google.Calls, Has.Count.EqualTo(1));

        await Mint.Mint(source with { PolicyRevision = Guid.NewGuid() }, Admin, Alice, Hour, CancellationToken.None);
        await Mint.Mint(source with { CredentialsRevision = Guid.NewGuid() }, Admin, Alice, Hour, CancellationToken.None);
        await Mint.Mint(source with { OrgId = Guid.NewGuid() }, Admin, Alice, Hour, CancellationToken.None);
        await Mint.Mint(source, Admin, Alice, Hour / 2, CancellationToken.None);
        Assert.That(Google.Calls, Has.Count.EqualTo(5));

        Mint.Drop(source.OrgId, source.ConnectionId);
        await Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None);
        Assert.That(Google.Calls, Has.Count.EqualTo(6));
    }

    [Test]
    public async Task A_failure_is_not_kept()
    {
        var source = Source();
        Google.Fail(Alice.Email, GoogleFault.PermissionDenied, times: 1);

        Assert.That((await Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None)).Error?.Code, Is.EqualTo("principal_denied"));
        Assert.That((await Mint.Mint(source, Admin, Alice, Hour, CancellationToken.None)).Error, Is.Null);
    }

    [Test]
    public async Task A_dry_run_neither_uses_nor_leaves_a_kept_token()
    {
        await Mint.Mint(Source(), Admin, Alice, Hour, CancellationToken.None);
        await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None);
        await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None);

        Assert.That(Google.Calls, Has.Count.EqualTo(3));
        Assert.That(Google.TokenRequests, Is.EqualTo(3));
    }
}
