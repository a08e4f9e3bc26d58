using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about personal tokens.</summary>
public sealed class PersonalTokensCalls
{
    private readonly HoopConnection _wire;

    internal PersonalTokensCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The caller's own tokens, or with ?person_id= those of another person, for admins and auditors; never a secret.</summary>
    /// <param name="personId">Only those of this person.</param>
    [HoopRoute("GET", "/api/tokens")]
    public HoopPages<ApiToken> List(string? personId = null, int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/tokens", ("person_id", personId), ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.ApiTokenList,
            cancellationToken));

    /// <summary>
    /// A person makes a token for its own scripts. It never gives more than the person has at the moment of its use, and it ends with
    /// the person. The secret is shown in this answer and never again.
    /// </summary>
    [HoopRoute("POST", "/api/tokens")]
    public Task<HoopAnswer<CreatePersonalTokenResponse>> Create(
        CreatePersonalTokenRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/tokens",
            HoopJson.Content(body, HoopJson.Default.CreatePersonalTokenRequest),
            HoopJson.Default.CreatePersonalTokenResponse,
            cancellationToken);

    /// <summary>By its owner, or by an admin. The token is refused from the next request on, on every gateway.</summary>
    [HoopRoute("DELETE", "/api/tokens/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/tokens/{id}", cancellationToken);
}
