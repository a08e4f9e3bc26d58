using System.Net;

namespace Hoop.Shared.Outbound;

/// <summary>One request on the way, and what its connection found out.</summary>
internal sealed class Hop(Uri url, OutboundOptions options, IWebProxy? proxy)
{
    /// <summary>Null when the connection goes straight to the host.</summary>
    public IWebProxy? Proxy => proxy;

    public Uri Url => url;

    public OutboundOptions Options => options;

    public AddressKind Reached { get; set; }

    public Uri? RedirectsTo { get; set; }

    /// <summary>Plain http goes to loopback, wherever the name says it leads.</summary>
    public bool Allows(AddressKind kind) => options.Permits(kind) && (url.Scheme == "https" || kind == AddressKind.Loopback);
}

internal sealed class AddressRefusedException() : IOException("The address is not allowed.");
