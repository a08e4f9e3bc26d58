using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about api tokens.</summary>
public sealed class ApiTokensCalls
{
    private readonly HoopConnection _wire;

    internal ApiTokensCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The organization's own tokens by name, expired ones too; never a secret. Those of people: GET /api/tokens.</summary>
    [HoopRoute("GET", "/api/api-tokens")]
    public HoopPages<ApiToken> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/api-tokens", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.ApiTokenList,
            cancellationToken));

    /// <summary>An admin makes a token for groups of its organization; the secret is shown in this answer and never again.</summary>
    [HoopRoute("POST", "/api/api-tokens")]
    public Task<HoopAnswer<CreateApiTokenResponse>> Create(CreateApiTokenRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/api-tokens",
            HoopJson.Content(body, HoopJson.Default.CreateApiTokenRequest),
            HoopJson.Default.CreateApiTokenResponse,
            cancellationToken);

    /// <summary>The token is refused from the next request on, on every gateway. The bootstrap admin token stays.</summary>
    [HoopRoute("DELETE", "/api/api-tokens/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/api-tokens/{id}", cancellationToken);
}
