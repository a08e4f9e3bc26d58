using System.Globalization;
using System.Net;
using Hoop.Shared.Configuration;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// The parameters of libpq (PostgreSQL manual, 34.1.2) by Npgsql's names. What Npgsql calls by a name of its own is taken as well.
/// </summary>
internal static class LibpqParameters
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["user"] = "Username",
        ["password"] = "Password",
        ["passfile"] = "Passfile",
        ["dbname"] = "Database",
        ["application_name"] = "Application Name",
        ["fallback_application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["options"] = "Options",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["gssencmode"] = "Gss Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["keepalives_idle"] = "Tcp Keepalive Time",
        ["keepalives_interval"] = "Tcp Keepalive Interval",
    };

    // They change nothing for this client: it compresses nothing, speaks UTF-8, and the system decides how often it asks.
    private static readonly HashSet<string> Ignored =
        new(StringComparer.OrdinalIgnoreCase) { "sslcompression", "client_encoding", "keepalives_count", "tcp_user_timeout", "sslsni" };

    public static void Set(NpgsqlConnectionStringBuilder builder, string name, string value, string variable)
    {
        try
        {
            switch (name.ToLowerInvariant())
            {
                case "host" or "server" or "hostaddr":
                    builder.Host = value;
                    break;
                case "port":
                    SetPort(builder, value, variable);
                    break;
                case "sslmode":
                    builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal);
                    break;
                case "sslrootcert" when value == "system":
                    break;
                case "sslrootcert":
                    builder["Root Certificate"] = value;
                    break;
                case "keepalives":
                    builder.TcpKeepAlive = value != "0";
                    break;
                case "load_balance_hosts":
                    builder.LoadBalanceHosts = value == "random";
                    break;
                case var ignored when Ignored.Contains(ignored):
                    break;
                default:
                    builder[Names.GetValueOrDefault(name, name)] = value;
                    break;
            }
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException or OverflowException
            or InvalidCastException or NotSupportedException)
        {
            throw new ConfigurationException(
                variable,
                builder.ContainsKey(Names.GetValueOrDefault(name, name)) || name is "sslmode" or "port"
                    ? $"the parameter {Printable(name)} has a value that cannot be used"
                    : $"the parameter {Printable(name)} is not known; use those of libpq or of an Npgsql connection string");
        }
    }

    // Npgsql wants several ports beside their hosts.
    private static void SetPort(NpgsqlConnectionStringBuilder builder, string value, string variable)
    {
        var ports = value.Split(',');
        if (!Array.TrueForAll(ports, port => port.Length == 0
            || (ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)))
        {
            throw new ConfigurationException(variable, "the parameter port must be a number from 1 to 65535");
        }

        var hosts = (builder.Host ?? "").Split(',');
        if (ports.Length == 1 && ports[0].Length > 0)
        {
            builder.Port = int.Parse(ports[0], CultureInfo.InvariantCulture);
        }
        else if (ports.Length == hosts.Length && builder.Host is not null)
        {
            builder.Host = string.Join(',', hosts.Zip(ports, (host, port) => $"{Bracketed(host)}:{(port.Length == 0 ? "5432" : port)}"));
        }
        else if (ports.Length > 1)
        {
            throw new ConfigurationException(
                variable, $"names {hosts.Length} hosts and {ports.Length} ports; write one port for all, or one for each host");
        }
    }

    private static string Bracketed(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? $"[{host}]"
            : host;

    private static string Printable(string name) =>
        new(
            [.. name.Take(40).Select(character => char.IsAsciiLetterOrDigit(character) || character is '_' or ' ' or '-'
                ? character
                : '?')]);
}
