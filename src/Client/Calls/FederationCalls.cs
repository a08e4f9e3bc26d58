using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about federation.</summary>
public sealed class FederationCalls
{
    private readonly HoopConnection _wire;

    internal FederationCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The policy without its credentials.</summary>
    [HoopRoute("GET", "/api/connections/{nameOrId}/federation")]
    public Task<HoopAnswer<PolicyView>> GetPolicy(string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/connections/{HoopPath.Segment(nameOrId)}/federation", HoopJson.Default.PolicyView, cancellationToken);

    /// <summary>
    /// Creates or replaces the policy; without a credential file the stored one stays. With If-Match it replaces only what the caller
    /// has seen.
    /// </summary>
    /// <param name="ifMatch">Only while the policy is of this revision; null for any.</param>
    [HoopRoute("PUT", "/api/connections/{nameOrId}/federation")]
    public Task<HoopAnswer<PolicyView>> SetPolicy(
        string nameOrId, PolicyBody body, string? ifMatch = null, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/connections/{HoopPath.Segment(nameOrId)}/federation",
            HoopJson.Content(body, HoopJson.Default.PolicyBody),
            HoopJson.Default.PolicyView,
            cancellationToken,
            ifMatch: ifMatch);

    /// <summary>Later sessions run on the connection's own secrets; cached tokens are dropped.</summary>
    [HoopRoute("DELETE", "/api/connections/{nameOrId}/federation")]
    public Task<HoopAnswer> DeletePolicy(string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/connections/{HoopPath.Segment(nameOrId)}/federation", cancellationToken);

    /// <summary>
    /// The caller's own short-lived credentials, for tools on the caller's machine; nobody gets anybody else's, and the connection's
    /// own secrets stay where they are.
    /// </summary>
    [HoopRoute("POST", "/api/connections/{nameOrId}/federation/token")]
    public Task<HoopAnswer<IssueTokenResponse>> IssueToken(string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            $"/api/connections/{HoopPath.Segment(nameOrId)}/federation/token",
            content: null,
            HoopJson.Default.IssueTokenResponse,
            cancellationToken);

    /// <summary>
    /// For Google's client libraries, which exchange it at the gateway's token endpoint: a few minutes of the caller's own right to a
    /// token of this connection.
    /// </summary>
    [HoopRoute("POST", "/api/connections/{nameOrId}/federation/subject-token")]
    public Task<HoopAnswer<IssueSubjectTokenResponse>> IssueSubjectToken(
        string nameOrId, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            $"/api/connections/{HoopPath.Segment(nameOrId)}/federation/subject-token",
            content: null,
            HoopJson.Default.IssueSubjectTokenResponse,
            cancellationToken);

    /// <summary>Tries a policy for one user end to end and keeps nothing but its audit rows.</summary>
    [HoopRoute("POST", "/api/federation/test")]
    public Task<HoopAnswer<TestFederationResponse>> Test(TestFederationRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/federation/test",
            HoopJson.Content(body, HoopJson.Default.TestFederationRequest),
            HoopJson.Default.TestFederationResponse,
            cancellationToken);

    /// <summary>The accounts of the organization that belong to a user, and to whom.</summary>
    [HoopRoute("GET", "/api/federation/principals")]
    public HoopPages<ListPrincipalsOwnedPrincipal> ListPrincipals(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/federation/principals", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.ListPrincipalsOwnedPrincipalList,
            cancellationToken));

    /// <summary>The account belongs to nobody; the next user whom a policy resolves to it owns it.</summary>
    [HoopRoute("DELETE", "/api/federation/principals/{principal}")]
    public Task<HoopAnswer> ReleasePrincipal(string principal, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/federation/principals/{HoopPath.Segment(principal)}", cancellationToken);
}
