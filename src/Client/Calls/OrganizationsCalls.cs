using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about organizations.</summary>
public sealed class OrganizationsCalls
{
    private readonly HoopConnection _wire;

    internal OrganizationsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The operator adds a tenant; its first admin token is shown in this answer and never again.</summary>
    [HoopRoute("POST", "/api/orgs")]
    public Task<HoopAnswer<CreateOrganizationResponse>> Create(
        CreateOrganizationRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/orgs",
            HoopJson.Content(body, HoopJson.Default.CreateOrganizationRequest),
            HoopJson.Default.CreateOrganizationResponse,
            cancellationToken);

    /// <summary>All tenants, by name; the operator alone sees them.</summary>
    [HoopRoute("GET", "/api/orgs")]
    public HoopPages<Organization> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/orgs", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.OrganizationList,
            cancellationToken));

    /// <summary>How much an organization may have of each kind, and whether the operator has set that for it.</summary>
    [HoopRoute("GET", "/api/orgs/{id:uuid}/quotas")]
    public Task<HoopAnswer<IReadOnlyList<OrganizationQuota>>> GetQuotas(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/orgs/{id}/quotas", HoopJson.Default.OrganizationQuotaList, cancellationToken);

    /// <summary>Sets limits of one organization; null gives a kind back to the gateway's setting, what is not named stays.</summary>
    [HoopRoute("PUT", "/api/orgs/{id:uuid}/quotas")]
    public Task<HoopAnswer<IReadOnlyList<OrganizationQuota>>> SetQuotas(
        Guid id, IReadOnlyDictionary<string, long?> body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/orgs/{id}/quotas",
            HoopJson.Content(body, HoopJson.Default.Longs),
            HoopJson.Default.OrganizationQuotaList,
            cancellationToken);

    /// <summary>One tenant; the operator alone sees it.</summary>
    [HoopRoute("GET", "/api/orgs/{id:uuid}")]
    public Task<HoopAnswer<Organization>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/orgs/{id}", HoopJson.Default.Organization, cancellationToken);

    /// <summary>Renames a tenant; its id and everything that belongs to it stay. Its trail and the operator's both say so.</summary>
    [HoopRoute("PATCH", "/api/orgs/{id:uuid}")]
    public Task<HoopAnswer<Organization>> Update(Guid id, UpdateOrganizationBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Patch,
            $"/api/orgs/{id}",
            HoopJson.Content(body, HoopJson.Default.UpdateOrganizationBody),
            HoopJson.Default.Organization,
            cancellationToken);

    /// <summary>Its trail stays, for the operator alone.</summary>
    /// <param name="cascade">true: what names it, or what it holds, is deleted with it and recorded in the audit trail.</param>
    [HoopRoute("DELETE", "/api/orgs/{id:uuid}")]
    public Task<HoopAnswer<DeleteOrganizationDeleted?>> Delete(
        Guid id, bool? cascade = null, CancellationToken cancellationToken = default) =>
        _wire.Removed(
            HttpMethod.Delete,
            HoopPath.With($"/api/orgs/{id}", ("cascade", HoopPath.Text(cascade))),
            HoopJson.Default.DeleteOrganizationDeleted,
            cancellationToken);

    /// <summary>
    /// A new admin token for a tenant that has lost its own; shown in this answer and never again. The old ones stay and count: the new
    /// admin deletes what should not be there.
    /// </summary>
    [HoopRoute("POST", "/api/orgs/{id:uuid}/admin-token")]
    public Task<HoopAnswer<CreateAdminTokenResponse>> CreateAdminToken(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            $"/api/orgs/{id}/admin-token",
            content: null,
            HoopJson.Default.CreateAdminTokenResponse,
            cancellationToken);
}
