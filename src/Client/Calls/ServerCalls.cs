using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about server.</summary>
public sealed class ServerCalls
{
    private readonly HoopConnection _wire;

    internal ServerCalls(HoopConnection wire) => _wire = wire;

    /// <summary>Readiness as hoop's clients read it</summary>
    [HoopRoute("GET", "/api/healthz")]
    public Task<HoopAnswer<HealthEndpointsHoopHealth>> GetHealth(CancellationToken cancellationToken = default) =>
        _wire.Get("/api/healthz", HoopJson.Default.HealthEndpointsHoopHealth, cancellationToken, isOpen: true);

    /// <summary>
    /// Whether the gateway is ready, and which of its checks are not well, whatever is answered: one that is not ready says so with 503.
    /// </summary>
    public Task<HoopAnswer> GetReadiness(CancellationToken cancellationToken = default) =>
        _wire.Send(new HoopCall(HttpMethod.Get, "/healthz/ready") { IsOpen = true }, cancellationToken);

    /// <summary>Who am I? For every kind of caller: person, service account, API token, agent.</summary>
    [HoopRoute("GET", "/api/userinfo")]
    public Task<HoopAnswer<GetUserInfoResponse>> GetUserInfo(CancellationToken cancellationToken = default) =>
        _wire.Get("/api/userinfo", HoopJson.Default.GetUserInfoResponse, cancellationToken);

    /// <summary>What hoop's clients ask a gateway about itself once they are signed in.</summary>
    [HoopRoute("GET", "/api/serverinfo")]
    public Task<HoopAnswer<GetServerInfoResponse>> GetInfo(CancellationToken cancellationToken = default) =>
        _wire.Get("/api/serverinfo", HoopJson.Default.GetServerInfoResponse, cancellationToken);

    /// <summary>
    /// How the people of an organization sign in, told to everybody: what a browser's address bar would show anyway, and nothing else.
    /// </summary>
    /// <param name="org">Its name; without one it is default.</param>
    [HoopRoute("GET", "/api/publicserverinfo")]
    public Task<HoopAnswer<GetPublicServerInfoResponse>> GetPublicInfo(
        string? org = null, CancellationToken cancellationToken = default) =>
        _wire.Get(
            HoopPath.With("/api/publicserverinfo", ("org", org)),
            HoopJson.Default.GetPublicServerInfoResponse,
            cancellationToken,
            isOpen: true);

    /// <summary>
    /// A person shows the token that its issuer gave at a sign-in or a refresh: who is new is registered, and what the issuer says of
    /// groups, name and address is taken over. After it the person's access tokens are good here.
    /// </summary>
    [HoopRoute("POST", "/api/signin")]
    public Task<HoopAnswer<SignInResponse>> SignIn(SignInBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/signin",
            HoopJson.Content(body, HoopJson.Default.SignInBody),
            HoopJson.Default.SignInResponse,
            cancellationToken,
            isOpen: true);
}
