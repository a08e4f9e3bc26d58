using Hoop.Shared.Outbound;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>Where a bundle is. Exactly one of the three is set.</summary>
/// <param name="Url">https, profile <c>https_web</c> (Federation section 5.2.1).</param>
/// <param name="File">Absolute path on the gateway.</param>
/// <param name="Jwks">The document itself.</param>
internal sealed record BundleSource(string? Url = null, string? File = null, string? Jwks = null)
{
    public KeyDocument Open(OutboundHttp http, OutboundOptions outbound) => this switch
    {
        { Url: { } url } => KeyDocument.FromUrl(http, new Uri(url), outbound),
        { File: { } file } => KeyDocument.FromFile(file),
        _ => KeyDocument.FromText(Jwks!),
    };
}
