using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about trust domain names.</summary>
public sealed class TrustDomainNamesCalls
{
    private readonly HoopConnection _wire;

    internal TrustDomainNamesCalls(HoopConnection wire) => _wire = wire;

    /// <summary>All names that are held, by name; the operator alone sees them.</summary>
    [HoopRoute("GET", "/api/trust-domain-names")]
    public HoopPages<HeldName> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/trust-domain-names", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.HeldNameList,
            cancellationToken));

    /// <summary>The operator gives a name to an organization, also one that another held and no longer uses.</summary>
    [HoopRoute("PUT", "/api/trust-domain-names/{name}")]
    public Task<HoopAnswer<HeldName>> Set(string name, SetTrustDomainNameRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/trust-domain-names/{HoopPath.Segment(name)}",
            HoopJson.Content(body, HoopJson.Default.SetTrustDomainNameRequest),
            HoopJson.Default.HeldName,
            cancellationToken);

    /// <summary>The operator frees a name that no trust domain uses; nobody holds it then.</summary>
    [HoopRoute("DELETE", "/api/trust-domain-names/{name}")]
    public Task<HoopAnswer> Delete(string name, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/trust-domain-names/{HoopPath.Segment(name)}", cancellationToken);
}
