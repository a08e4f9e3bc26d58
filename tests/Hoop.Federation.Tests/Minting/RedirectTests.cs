using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>
/// An assertion or a bearer that follows a redirect belongs to whoever answers there, and so does the token that comes back.
/// </summary>
public sealed class RedirectTests : MintFixture
{
    private GoogleStandIn _stranger = null!;

    [SetUp]
    public async Task StartStranger()
    {
        _stranger = await GoogleStandIn.Start();
        _stranger.FailTokenEndpoint(GoogleFault.GarbageIdToken);
    }

    [TearDown]
    public async Task StopStranger() => await _stranger.DisposeAsync();

    [Test]
    public async Task No_redirect_of_the_token_endpoint_is_followed([Values(301, 302, 303, 307, 308)] int status, [Values] bool foreign)
    {
        (Google.RedirectStatus, Google.RedirectTarget) = (status, foreign ? _stranger.TokenUri : Google.Address + "/elsewhere");
        Google.FailTokenEndpoint(GoogleFault.Redirect);

        var error = (await Refusal())!;

        Assert.That(error.Code, Is.EqualTo("upstream_unavailable"));
        Assert.That(error.Message, Does.Contain($"redirect (status {status})").And.Not.Contain(Google.RedirectTarget));
        Assert.That(Google.Targets, Is.EqualTo(new[] { "/token" }), "one request, and none after it");
        Assert.That(_stranger.Targets, Is.Empty);
    }

    [Test]
    public async Task No_redirect_of_the_credentials_api_is_followed([Values(301, 302, 303, 307, 308)] int status, [Values] bool foreign)
    {
        var path = $"/v1/projects/-/serviceAccounts/{Alice.Email}:generateAccessToken";
        (Google.RedirectStatus, Google.RedirectTarget) = (status, (foreign ? _stranger.Address : Google.Address) + path);
        Google.FailEveryone(GoogleFault.Redirect, times: 1);

        var error = (await Refusal())!;

        Assert.That(error.Code, Is.EqualTo("upstream_unavailable"));
        Assert.That(error.Message, Does.Contain($"redirect (status {status})").And.Not.Contain(path));
        Assert.That(CallsToMint, Is.EqualTo(1));
        Assert.That(_stranger.Targets, Is.Empty);
    }

    [TestCase("")]
    [TestCase("/token")]
    [TestCase("//token")]
    [TestCase("file:///etc/passwd")]
    public async Task A_redirect_without_a_sane_location_is_refused_alike(string location)
    {
        Google.RedirectTarget = location;
        Google.FailTokenEndpoint(GoogleFault.Redirect, times: 1);

        Assert.That((await Refusal())!.Code, Is.EqualTo("upstream_unavailable"));
        Assert.That(Google.TokenRequests, Is.EqualTo(1));
    }
}
