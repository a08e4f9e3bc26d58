using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about service accounts.</summary>
public sealed class ServiceAccountsCalls
{
    private readonly HoopConnection _wire;

    internal ServiceAccountsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>
    /// The organization's accounts, by subject; ?subject= and ?issuer= select. Admins and auditors: who may call is nobody else's
    /// business.
    /// </summary>
    /// <param name="subject">The subject, percent-encoded; a slash may be written as it is or as %2F.</param>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    [HoopRoute("GET", "/api/serviceaccounts")]
    public HoopPages<ServiceAccount> List(
        string? subject = null, string? issuer = null, int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With(
                "/api/serviceaccounts", ("subject", subject), ("issuer", issuer), ("page_size", HoopPath.Text(pageSize)),
                ("cursor", cursor)),
            HoopJson.Default.ServiceAccountList,
            cancellationToken));

    /// <summary>Registers a subject of the organization's identity provider.</summary>
    [HoopRoute("POST", "/api/serviceaccounts")]
    public Task<HoopAnswer<ServiceAccount>> Create(CreateServiceAccountRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/serviceaccounts",
            HoopJson.Content(body, HoopJson.Default.CreateServiceAccountRequest),
            HoopJson.Default.ServiceAccount,
            cancellationToken);

    /// <summary>
    /// Sets the status, replaces the groups, and name, owner and end when they are given. Setting inactive revokes: the next request
    /// with a token of this account is refused.
    /// </summary>
    /// <param name="subject">The subject, percent-encoded; a slash may be written as it is or as %2F.</param>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    [HoopRoute("PUT", "/api/serviceaccounts")]
    public Task<HoopAnswer<ServiceAccount>> UpdateBySubject(
        UpdateServiceAccountBody body, string? subject = null, string? issuer = null, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            HoopPath.With("/api/serviceaccounts", ("subject", subject), ("issuer", issuer)),
            HoopJson.Content(body, HoopJson.Default.UpdateServiceAccountBody),
            HoopJson.Default.ServiceAccount,
            cancellationToken);

    /// <summary>Its tokens are refused from now on.</summary>
    /// <param name="subject">The subject, percent-encoded; a slash may be written as it is or as %2F.</param>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    [HoopRoute("DELETE", "/api/serviceaccounts")]
    public Task<HoopAnswer> DeleteBySubject(
        string? subject = null, string? issuer = null, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, HoopPath.With("/api/serviceaccounts", ("subject", subject), ("issuer", issuer)), cancellationToken);

    /// <summary>A subject may hold slashes; one that cannot stand in a path is found with GET /api/serviceaccounts?subject=.</summary>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    [HoopRoute("GET", "/api/serviceaccounts/{**subject}")]
    public Task<HoopAnswer<ServiceAccount>> Get(string subject, string? issuer = null, CancellationToken cancellationToken = default) =>
        _wire.Get(
            HoopPath.With($"/api/serviceaccounts/{HoopPath.Segment(subject)}", ("issuer", issuer)),
            HoopJson.Default.ServiceAccount,
            cancellationToken);

    /// <summary>
    /// Sets the status, replaces the groups, and name, owner and end when they are given. Setting inactive revokes: the next request
    /// with a token of this account is refused.
    /// </summary>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    [HoopRoute("PUT", "/api/serviceaccounts/{**subject}")]
    public Task<HoopAnswer<ServiceAccount>> Update(
        string subject, UpdateServiceAccountBody body, string? issuer = null, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            HoopPath.With($"/api/serviceaccounts/{HoopPath.Segment(subject)}", ("issuer", issuer)),
            HoopJson.Content(body, HoopJson.Default.UpdateServiceAccountBody),
            HoopJson.Default.ServiceAccount,
            cancellationToken);

    /// <summary>Its tokens are refused from now on.</summary>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    [HoopRoute("DELETE", "/api/serviceaccounts/{**subject}")]
    public Task<HoopAnswer> Delete(string subject, string? issuer = null, CancellationToken cancellationToken = default) =>
        _wire.Do(
            HttpMethod.Delete,
            HoopPath.With($"/api/serviceaccounts/{HoopPath.Segment(subject)}", ("issuer", issuer)),
            cancellationToken);
}
