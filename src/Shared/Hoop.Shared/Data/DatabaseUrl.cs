using Hoop.Shared.Configuration;

namespace Hoop.Shared.Data;

/// <summary>
/// A connection URI as libpq reads it (PostgreSQL 15 manual, 34.1.1.2):
/// <c>postgres://user:password@host:port,host:port/database?name=value</c>. Every part may be absent, be percent-encoded, or stand in
/// the query instead; a host that begins with a slash is a socket's folder. <c>System.Uri</c> knows neither several hosts nor an empty
/// one.
/// </summary>
internal static class DatabaseUrl
{
    private static readonly string[] Schemes = ["postgres://", "postgresql://"];

    public static bool Is(string text) => Array.Exists(Schemes, scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <summary>libpq's parameters, in the order of the text; the query comes last and wins.</summary>
    /// <exception cref="ConfigurationException">Not such a URL.</exception>
    public static IEnumerable<(string Name, string Value)> Parse(string text, string variable)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var query = Cut(ref rest, rest.IndexOf('?', StringComparison.Ordinal));
        var database = Cut(ref rest, rest.IndexOf('/', StringComparison.Ordinal));
        var parts = new List<(string Name, string Value)>();

        // The last @, because a password may hold one that nobody encoded.
        var at = rest.LastIndexOf('@');
        var user = at < 0 ? "" : rest[..at];
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        Add("user", colon < 0 ? user : user[..colon]);
        Add("password", colon < 0 ? "" : user[(colon + 1)..]);
        AddHosts(rest[(at + 1)..]);
        Add("dbname", database);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ConfigurationException(variable, "has a query that is not name=value&name=value");
            }

            parts.Add((Decode(pair[..equals]), Decode(pair[(equals + 1)..])));
        }

        return parts;

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                parts.Add((name, Decode(value)));
            }
        }

        void AddHosts(string hosts)
        {
            if (hosts.Length == 0)
            {
                return;
            }

            var addresses = hosts.Split(',').Select(host => Split(host, variable)).ToArray();
            Add("host", string.Join(',', addresses.Select(address => address.Host)));
            if (Array.Exists(addresses, address => address.Port.Length > 0))
            {
                parts.Add(("port", string.Join(',', addresses.Select(address => address.Port))));
            }
        }

        string Decode(string value)
        {
            // What % leaves undecoded is a mistake: a % of a password that was not encoded would change it without a word.
            for (var index = value.IndexOf('%', StringComparison.Ordinal); index >= 0; index = value.IndexOf('%', index + 1))
            {
                if (index + 2 >= value.Length || !char.IsAsciiHexDigit(value[index + 1]) || !char.IsAsciiHexDigit(value[index + 2]))
                {
                    throw new ConfigurationException(
                        variable, "has a % that is not followed by two hexadecimal digits; write % itself as %25");
                }
            }

            return Uri.UnescapeDataString(value);
        }
    }

    private static string Cut(ref string text, int at)
    {
        if (at < 0)
        {
            return "";
        }

        var tail = text[(at + 1)..];
        text = text[..at];
        return tail;
    }

    private static (string Host, string Port) Split(string host, string variable)
    {
        if (host.StartsWith('['))
        {
            var end = host.IndexOf(']', StringComparison.Ordinal);
            return end < 0 || (end + 1 < host.Length && host[end + 1] != ':')
                ? throw new ConfigurationException(variable, "has an IPv6 address that is not written as [address]:port")
                : (host[1..end], end + 2 <= host.Length ? host[(end + 2)..] : "");
        }

        var colon = host.LastIndexOf(':');
        return colon < 0 ? (host, "") : (host[..colon], host[(colon + 1)..]);
    }
}
