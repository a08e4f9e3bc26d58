using Hoop.Shared.Configuration;
using Hoop.Shared.Outbound;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Sources;

/// <summary>Where the URLs may lead that admins write down for issuers of tokens.</summary>
public sealed record IssuerOutbound(OutboundOptions Options)
{
    public static IssuerOutbound From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new IssuerOutbound(new OutboundOptions
        {
            AllowLoopback = configuration.Flag("HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"),
            AllowPrivateAddresses = configuration.Flag("HOOP_ISSUERS_ALLOW_PRIVATE_ADDRESSES"),
        });
    }
}
