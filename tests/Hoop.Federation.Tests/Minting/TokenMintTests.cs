using System.Text;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.StandIns;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>The table of Google's answers, and what is made of each.</summary>
public sealed class TokenMintTests
{
    private const string Project = "my-proj";
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private GoogleStandIn _google = null!;
    private FederationOptions _options = null!;
    private TokenMint _mint = null!;
    private AdminCredentials _admin = null!;
    private CloudPrincipal _alice = null!;

    [SetUp]
    public async Task Start()
    {
        _google = await GoogleStandIn.Start();
        _options = new FederationOptions(new Uri(_google.Address + "/"), [_google.TokenUri], [], KeyFile: "");
        _mint = MintWith(_options);
        _admin = AdminCredentials.Parse(Encoding.UTF8.GetBytes(_google.CreateAdminCredentials(Project, "hoop-admin")), _options.TokenUris).Value;
        _alice = PrincipalOf("alice");
        _google.Grant(_alice.Email);
    }

    [TearDown]
    public async Task Stop()
    {
        _mint.Dispose();
        await _google.DisposeAsync();
    }

    [Test]
    public async Task A_token_is_the_principals_and_ends_when_Google_says()
    {
        var token = (await _mint.MintOnce(_admin, _alice, TimeSpan.FromSeconds(900), CancellationToken.None)).Value;
        var call = _google.Calls.Single();

        Assert.Multiple(() =>
        {
            Assert.That(_google.Owner(token.Value), Is.EqualTo(_alice.Email));
            Assert.That(token.ExpiresAt, Is.EqualTo(_google.Find(token.Value)!.ExpiresAt).Within(TimeSpan.FromSeconds(1)));
            Assert.That(call.RawTarget, Is.EqualTo("/v1/projects/-/serviceAccounts/alice%40my-proj.iam.gserviceaccount.com:generateAccessToken"));
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
    [TestCase(GoogleFault.CutBody, "upstream_invalid", 2)]
    [TestCase(GoogleFault.EmptyObject, "upstream_invalid", 2)]
    [TestCase(GoogleFault.MissingExpireTime, "upstream_invalid", 2)]
    [TestCase(GoogleFault.GarbageExpireTime, "upstream_invalid", 2)]
    [TestCase(GoogleFault.PastExpireTime, "upstream_invalid", 2)]
    [TestCase(GoogleFault.LateExpireTime, "upstream_invalid", 2, Description = "CVE-2020-12757, CVE-2021-32923: longer life than asked")]
    public async Task Each_refusal_has_a_code_and_a_bounded_number_of_attempts(GoogleFault fault, string code, int attempts)
    {
        _google.FailEveryone(fault);

        var error = (await _mint.MintOnce(_admin, _alice, Hour, CancellationToken.None)).Error!;

        Assert.That(error.Code, Is.EqualTo(code), error.Message);
        Assert.That(error.Message, Does.StartWith("impersonation of \"alice@my-proj.iam.gserviceaccount.com\" failed: "));
        Assert.That(_google.Targets.Count(target => target.Contains("generateAccessToken", StringComparison.Ordinal)), Is.EqualTo(attempts));
        Assert.That(GoogleRefusals.AllowsFallback(code), Is.EqualTo(fault is GoogleFault.PermissionDenied or GoogleFault.NotFound));
    }

    [Test]
    public async Task A_wait_longer_than_the_limit_is_not_begun()
    {
        _google.RetryAfter = TimeSpan.FromMinutes(1);
        _google.FailEveryone(GoogleFault.RateLimited);

        Assert.That((await _mint.MintOnce(_admin, _alice, Hour, CancellationToken.None)).Error!.Code, Is.EqualTo("rate_limited"));
        Assert.That(_google.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Silence_is_waited_for_within_the_limit_only()
    {
        using var mint = MintWith(_options with { AttemptLimit = TimeSpan.FromMilliseconds(400), MintLimit = TimeSpan.FromSeconds(2) });
        _google.FailEveryone(GoogleFault.Hang);
        var started = TimeProvider.System.GetTimestamp();

        Assert.That((await mint.MintOnce(_admin, _alice, Hour, CancellationToken.None)).Error!.Code, Is.EqualTo("upstream_unavailable"));
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(8)), "the limit, and room for a busy machine");
    }

    [TestCase(GoogleFault.CredentialsRejected, "admin_credentials_rejected")]
    [TestCase(GoogleFault.RateLimited, "rate_limited")]
    [TestCase(GoogleFault.InternalError, "upstream_unavailable")]
    [TestCase(GoogleFault.BadGatewayHtml, "upstream_unavailable")]
    [TestCase(GoogleFault.Down, "upstream_unavailable")]
    [TestCase(GoogleFault.CutBody, "upstream_invalid")]
    [TestCase(GoogleFault.EmptyObject, "upstream_invalid")]
    public async Task The_token_endpoint_fails_with_the_same_codes(GoogleFault fault, string code)
    {
        _google.FailTokenEndpoint(fault);

        var error = (await _mint.MintOnce(_admin, _alice, Hour, CancellationToken.None)).Error!;

        Assert.That(error.Code, Is.EqualTo(code), error.Message);
        Assert.That(_google.Calls, Is.Empty);
    }

    [TestCase(GoogleFault.Unavailable)]
    [TestCase(GoogleFault.CutBody)]
    [TestCase(GoogleFault.RateLimited)]
    public async Task One_passing_fault_is_survived(GoogleFault fault)
    {
        _google.FailEveryone(fault, times: 1);

        Assert.That((await _mint.MintOnce(_admin, _alice, Hour, CancellationToken.None)).Error, Is.Null);
    }

    [Test]
    public async Task A_lifetime_beyond_what_the_account_allows_is_an_invalid_request()
    {
        Assert.That((await _mint.MintOnce(_admin, _alice, TimeSpan.FromSeconds(3601), CancellationToken.None)).Error!.Code, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task A_cancelled_caller_does_not_wait_for_Google()
    {
        _google.FailEveryone(GoogleFault.Hang);
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        Assert.That(async () => await _mint.MintOnce(_admin, _alice, Hour, impatient.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_google.Calls.Where(call => call.Status == 200), Is.Empty);
    }

    [Test]
    public async Task A_thousand_sessions_of_one_user_make_one_call_to_each_endpoint()
    {
        _google.Delay = TimeSpan.FromMilliseconds(100);
        var source = Source();

        var tokens = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => _mint.Mint(source, _admin, _alice, Hour, CancellationToken.None))));

        Assert.That(tokens.Select(token => token.Value.Value).Distinct().Count(), Is.EqualTo(1));
        Assert.That(_google.Calls, Has.Count.EqualTo(1));
        Assert.That(_google.TokenRequests, Is.EqualTo(1));
    }

    [Test]
    [Description("CVE-2025-26620, CVE-2024-51987: under load, nobody gets the token of another")]
    public async Task Parallel_sessions_of_many_users_never_mix()
    {
        var users = Enumerable.Range(0, 20).Select(index => PrincipalOf($"worker-{index}")).ToArray();
        foreach (var user in users)
        {
            _google.Grant(user.Email);
        }

        var sources = Enumerable.Range(0, 3).Select(_ => Source()).ToArray();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 2000).Select(index => Task.Run(async () =>
        {
            var user = users[index % users.Length];
            return (user.Email, Token: (await _mint.Mint(sources[index % sources.Length], _admin, user, Hour, CancellationToken.None)).Value.Value);
        })));

        Assert.That(outcomes.Where(outcome => _google.Owner(outcome.Token) != outcome.Email), Is.Empty);
        Assert.That(_google.Calls, Has.Count.EqualTo(users.Length * sources.Length));
    }

    [Test]
    public async Task Whatever_the_token_depends_on_is_part_of_its_key()
    {
        var source = Source();
        await _mint.Mint(source, _admin, _alice, Hour, CancellationToken.None);
        await _mint.Mint(source, _admin, _alice, Hour, CancellationToken.None);
        Assert.That(_google.Calls, Has.Count.EqualTo(1));

        await _mint.Mint(source with { PolicyRevision = Guid.NewGuid() }, _admin, _alice, Hour, CancellationToken.None);
        await _mint.Mint(source with { CredentialsRevision = Guid.NewGuid() }, _admin, _alice, Hour, CancellationToken.None);
        await _mint.Mint(source with { OrgId = Guid.NewGuid() }, _admin, _alice, Hour, CancellationToken.None);
        await _mint.Mint(source, _admin, _alice, Hour / 2, CancellationToken.None);
        Assert.That(_google.Calls, Has.Count.EqualTo(5));

        _mint.Drop(source.OrgId, source.ConnectionId);
        await _mint.Mint(source, _admin, _alice, Hour, CancellationToken.None);
        Assert.That(_google.Calls, Has.Count.EqualTo(6));
    }

    [Test]
    public async Task A_failure_is_not_kept()
    {
        var source = Source();
        _google.Fail(_alice.Email, GoogleFault.PermissionDenied, times: 1);

        Assert.That((await _mint.Mint(source, _admin, _alice, Hour, CancellationToken.None)).Error?.Code, Is.EqualTo("principal_denied"));
        Assert.That((await _mint.Mint(source, _admin, _alice, Hour, CancellationToken.None)).Error, Is.Null);
    }

    [Test]
    public async Task A_dry_run_neither_uses_nor_leaves_a_kept_token()
    {
        await _mint.Mint(Source(), _admin, _alice, Hour, CancellationToken.None);
        await _mint.MintOnce(_admin, _alice, Hour, CancellationToken.None);
        await _mint.MintOnce(_admin, _alice, Hour, CancellationToken.None);

        Assert.That(_google.Calls, Has.Count.EqualTo(3));
        Assert.That(_google.TokenRequests, Is.EqualTo(3));
    }

    private static TokenMint MintWith(FederationOptions options) => new(options, TimeProvider.System, NullLogger<TokenMint>.Instance);

    private static MintSource Source() => new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

    private static CloudPrincipal PrincipalOf(string id) => CloudPrincipal.Parse($"{id}@{Project}.iam.gserviceaccount.com", [Project]).Value;
}
