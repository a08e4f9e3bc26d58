using System.Security.Cryptography.X509Certificates;
using Hoop.Shared.Secrets;

namespace Hoop.Shared.Outbound;

/// <summary>What a fetch by <see cref="OutboundHttp"/> may do. The default is the strictest: https, public addresses.</summary>
public sealed record OutboundOptions
{
    /// <summary>
    /// Allows loopback addresses, and plain http to them. For operators' own files and for tests, never for what a tenant may write.
    /// </summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Allows https to private addresses (RFC 1918, RFC 6598, RFC 4193). Link-local and metadata addresses stay refused.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>
    /// The operator wrote the URL, in the gateway's own configuration: the proxy of the environment is used (HTTPS_PROXY, NO_PROXY), and an
    /// error may tell whether a name resolves. Never for what a tenant may write: a proxy would hide the address that must be checked,
    /// and the difference between "does not resolve" and "not allowed" would let a tenant guess the names of the operator's network.
    /// </summary>
    public bool OperatorsOwn { get; init; }

    /// <summary>
    /// 0 to 3; none unless a caller asks for it. Each redirect is checked like the first URL, and may not lead from a public address to
    /// a less public one.
    /// </summary>
    public int MaxRedirects
    {
        get;
        init =>
            field = value is >= 0 and <= 3 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "From 0 to 3 redirects.");
    }

    /// <summary>Trusted in place of the system's authorities; null: those of the system.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Sent to the first address alone, as <c>Authorization: Bearer</c>; a redirect never carries it on.</summary>
    public SecretText? Bearer { get; init; }

    /// <summary>
    /// An answer of 400 is read like one of 200, for protocols that say something with it; otherwise it is an error. What it says comes
    /// from a server that an administrator named, so it is judged and never repeated.
    /// </summary>
    public bool ReadsBadRequests { get; init; }

    /// <summary>Limit of the body, applied while it is read.</summary>
    public int MaxBytes { get; init; } = 1024 * 1024;

    /// <summary>For everything: resolving, connecting, all redirects, the whole body.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For resolving, connecting and the TLS handshake of one hop.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal bool Permits(AddressKind kind) => kind switch
    {
        AddressKind.Public => true,
        AddressKind.Private => AllowPrivateAddresses,
        AddressKind.Loopback => AllowLoopback,
        _ => false,
    };

    /// <summary>
    /// What the next hop may do: a server in the open must not steer the gateway inward, even where a configured URL may point there.
    /// </summary>
    internal OutboundOptions After(AddressKind hop) => this with
    {
        AllowLoopback = AllowLoopback && hop == AddressKind.Loopback,
        AllowPrivateAddresses = AllowPrivateAddresses && hop is AddressKind.Private or AddressKind.Loopback,
        Bearer = null,
    };
}

/// <summary>The answer to a fetch.</summary>
/// <param name="Body">At most <see cref="OutboundOptions.MaxBytes"/>, unparsed.</param>
/// <param name="MediaType">Without parameters; null when the server named none.</param>
/// <param name="Url">Where the body came from, after redirects.</param>
public sealed record Fetched(ReadOnlyMemory<byte> Body, string? MediaType, Uri Url)
{
    /// <summary>200, or 400 where that is read (<see cref="OutboundOptions.ReadsBadRequests"/>).</summary>
    public int Status { get; init; } = 200;
}
