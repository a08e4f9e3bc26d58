using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about issuers.</summary>
public sealed class IssuersCalls
{
    private readonly HoopConnection _wire;

    internal IssuersCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The organization's, by URL; the one of the configuration is first.</summary>
    [HoopRoute("GET", "/api/issuers")]
    public HoopPages<IssuerView> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/issuers", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.IssuerViewList,
            cancellationToken));

    /// <summary>From then on access tokens of this issuer are the organization's accounts.</summary>
    [HoopRoute("POST", "/api/issuers")]
    public Task<HoopAnswer<IssuerView>> Create(CreateIssuerRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/issuers",
            HoopJson.Content(body, HoopJson.Default.CreateIssuerRequest),
            HoopJson.Default.IssuerView,
            cancellationToken);

    /// <summary>
    /// What becomes of an access token, question by question, by the very code that authenticates; the caller of the token would be
    /// told nothing.
    /// </summary>
    [HoopRoute("POST", "/api/issuers/test")]
    public Task<HoopAnswer<TestIssuerResponse>> Test(TestIssuerRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/issuers/test",
            HoopJson.Content(body, HoopJson.Default.TestIssuerRequest),
            HoopJson.Default.TestIssuerResponse,
            cancellationToken);

    /// <summary>GET /api/issuers/{id}.</summary>
    [HoopRoute("GET", "/api/issuers/{id:uuid}")]
    public Task<HoopAnswer<IssuerView>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/issuers/{id}", HoopJson.Default.IssuerView, cancellationToken);

    /// <summary>Replaces the settings; tokens are judged by the new ones from the answer on.</summary>
    [HoopRoute("PUT", "/api/issuers/{id:uuid}")]
    public Task<HoopAnswer<IssuerView>> Update(Guid id, UpdateIssuerRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/issuers/{id}",
            HoopJson.Content(body, HoopJson.Default.UpdateIssuerRequest),
            HoopJson.Default.IssuerView,
            cancellationToken);

    /// <summary>Its tokens are refused from the answer on; the accounts stay, for the day it comes back.</summary>
    [HoopRoute("DELETE", "/api/issuers/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/issuers/{id}", cancellationToken);

    /// <summary>
    /// Which of the secrets that the caller has are not the stored ones. Nothing that follows from a stored one is answered, because a
    /// weak one could be guessed from it; and guessing here is slow, and stands in the trail.
    /// </summary>
    [HoopRoute("POST", "/api/issuers/{id:uuid}/secrets/compare")]
    public Task<HoopAnswer<CompareIssuerSecretsResponse>> CompareSecrets(
        Guid id, CompareIssuerSecretsRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            $"/api/issuers/{id}/secrets/compare",
            HoopJson.Content(body, HoopJson.Default.CompareIssuerSecretsRequest),
            HoopJson.Default.CompareIssuerSecretsResponse,
            cancellationToken);
}
