using System.Net;
using System.Net.Sockets;

namespace Hoop.Shared.Outbound;

/// <summary>What an address is good for, seen from a gateway that fetches URLs which somebody else wrote down.</summary>
public enum AddressKind
{
    /// <summary>
    /// Never connected to: link-local, cloud metadata, multicast, unspecified, reserved, documentation, and every form of IPv6 that
    /// hides an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
    /// </summary>
    Refused,

    /// <summary>127.0.0.0/8 and ::1.</summary>
    Loopback,

    /// <summary>RFC 1918, shared address space (RFC 6598) and unique local addresses (RFC 4193).</summary>
    Private,

    /// <summary>Global unicast.</summary>
    Public,
}

/// <summary>
/// Sorts addresses by the IANA special-purpose registries (RFC 6890 and its updates). What is not known to be public is not.
/// </summary>
public static class AddressRules
{
    private static readonly IPNetwork[] Loopback = Parse("127.0.0.0/8", "::1/128");

    private static readonly IPNetwork[] Private = Parse("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

    private static readonly IPNetwork[] RefusedV4 = Parse(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4");

    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    /// <summary>Inside global unicast: IETF assignments with Teredo and ORCHID, documentation (RFC 3849, RFC 9637), 6to4.</summary>
    private static readonly IPNetwork[] RefusedV6 = Parse("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    /// <summary>
    /// Instance metadata outside link-local space: Alibaba Cloud, Azure's wire server, Amazon and Google over IPv6. They hand credentials
    /// to whoever asks, so permission for private addresses does not include them.
    /// </summary>
    private static readonly IPNetwork[] Metadata = Parse("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128");

    public static bool IsPublic(IPAddress address) => Kind(address) == AddressKind.Public;

    public static AddressKind Kind(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);

        // A mapped address must not reach IPNetwork: it finds some of them inside 2000::/3.
        if (address.IsIPv4MappedToIPv6 || (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0))
        {
            return AddressKind.Refused;
        }

        if (Holds(Loopback, address))
        {
            return AddressKind.Loopback;
        }

        if (Holds(Metadata, address))
        {
            return AddressKind.Refused;
        }

        if (Holds(Private, address))
        {
            return AddressKind.Private;
        }

        return address.AddressFamily switch
        {
            AddressFamily.InterNetwork when !Holds(RefusedV4, address) => AddressKind.Public,
            AddressFamily.InterNetworkV6 when GlobalV6.Contains(address) && !Holds(RefusedV6, address) => AddressKind.Public,
            _ => AddressKind.Refused,
        };
    }

    private static bool Holds(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork[] Parse(params string[] networks) => Array.ConvertAll(networks, IPNetwork.Parse);
}
