using Hoop.Shared.Configuration;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary><c>HOOP_DATABASE_URL</c>: a <c>postgres://</c> URL as everybody writes it, or an Npgsql connection string.</summary>
public static class ConnectionText
{
    /// <exception cref="ConfigurationException">Neither of the two; the text itself is not repeated, it may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            var builder = text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUrl(new Uri(text))
                : new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(builder.Host)
                ? throw new ConfigurationException("HOOP_DATABASE_URL", "names no host; write postgres://user:password@host:5432/database")
                : builder;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new ConfigurationException("HOOP_DATABASE_URL", "is neither a postgres:// URL nor an Npgsql connection string");
        }
    }

    /// <summary>Defaults for a gateway: wait briefly for the pool, prepare what repeats, show up by name in pg_stat_activity.</summary>
    public static NpgsqlDataSource Open(NpgsqlConnectionStringBuilder connection)
    {
        SetUnlessGiven("Timeout", 3);
        SetUnlessGiven("Command Timeout", 15);
        SetUnlessGiven("Max Auto Prepare", 100);
        SetUnlessGiven("Auto Prepare Min Usages", 2);
        SetUnlessGiven("Application Name", "hoop-gateway");

        // The pool's name in the metrics; without one they would show the connection string.
        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = "hoop" }.Build();

        void SetUnlessGiven(string keyword, object value)
        {
            if (!connection.ContainsKey(keyword) || !connection.Keys.Cast<string>().Contains(keyword, StringComparer.OrdinalIgnoreCase))
            {
                connection[keyword] = value;
            }
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = url.Host, Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')) };
        if (url.Port > 0)
        {
            builder.Port = url.Port;
        }

        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length == 2)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var (name, value) = (Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.Length == 2 ? parts[1] : ""));
            switch (name)
            {
                case "sslmode": builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal); break;
                case "host": builder.Host = value; break;
                case "sslrootcert": builder["Root Certificate"] = value; break;
                case "application_name": builder.ApplicationName = value; break;
                case "connect_timeout": builder["Timeout"] = value; break;
                default: builder[name] = value; break;
            }
        }

        return builder;
    }
}
