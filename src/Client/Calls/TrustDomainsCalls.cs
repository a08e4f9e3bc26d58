using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about trust domains.</summary>
public sealed class TrustDomainsCalls
{
    private readonly HoopConnection _wire;

    internal TrustDomainsCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The organization's, by name; the configured one belongs to the default organization.</summary>
    [HoopRoute("GET", "/api/trust-domains")]
    public HoopPages<TrustDomainView> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/trust-domains", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.TrustDomainViewList,
            cancellationToken));

    /// <summary>From then on the organization's agents may come from this trust domain, and no other organization's.</summary>
    [HoopRoute("POST", "/api/trust-domains")]
    public Task<HoopAnswer<TrustDomainView>> Create(CreateTrustDomainRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/trust-domains",
            HoopJson.Content(body, HoopJson.Default.CreateTrustDomainRequest),
            HoopJson.Default.TrustDomainView,
            cancellationToken);

    /// <summary>One trust domain, with the state of its bundle.</summary>
    [HoopRoute("GET", "/api/trust-domains/{id:uuid}")]
    public Task<HoopAnswer<TrustDomainView>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/trust-domains/{id}", HoopJson.Default.TrustDomainView, cancellationToken);

    /// <summary>Replaces the whole trust domain; keys of the earlier source count no more.</summary>
    [HoopRoute("PUT", "/api/trust-domains/{id:uuid}")]
    public Task<HoopAnswer<TrustDomainView>> Update(
        Guid id, UpdateTrustDomainRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/trust-domains/{id}",
            HoopJson.Content(body, HoopJson.Default.UpdateTrustDomainRequest),
            HoopJson.Default.TrustDomainView,
            cancellationToken);

    /// <summary>Its tokens are refused from then on; its mappings stay, and so does its name.</summary>
    [HoopRoute("DELETE", "/api/trust-domains/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/trust-domains/{id}", cancellationToken);

    /// <summary>Fetches the bundle now, here and on every other gateway; the answer shows how it went here.</summary>
    [HoopRoute("POST", "/api/trust-domains/{id:uuid}/refresh")]
    public Task<HoopAnswer<TrustDomainView>> Refresh(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Send(HttpMethod.Post, $"/api/trust-domains/{id}/refresh", content: null, HoopJson.Default.TrustDomainView, cancellationToken);
}
