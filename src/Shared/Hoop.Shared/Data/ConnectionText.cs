using System.Globalization;
using Hoop.Shared.Configuration;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>A database's address: a <c>postgres://</c> URL as libpq reads it, or an Npgsql connection string.</summary>
public static class ConnectionText
{
    private const string Example = "write postgres://user:password@host:5432/database";

    /// <exception cref="ConfigurationException">Neither of the two; names the parameter, and repeats no value: it may be a
    /// password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text, string variable = "HOOP_DATABASE_URL")
    {
        var builder = new NpgsqlConnectionStringBuilder();
        if (DatabaseUrl.Is(text))
        {
            foreach (var (name, value) in DatabaseUrl.Parse(text, variable))
            {
                LibpqParameters.Set(builder, name, value, variable);
            }
        }
        else
        {
            foreach (var part in Keywords(text, variable))
            {
                LibpqParameters.Set(builder, part.Key, part.Value, variable);
            }
        }

        // libpq: with a root certificate, require verifies as verify-ca does (PostgreSQL manual, 34.19.1).
        if (builder.RootCertificate is not null && builder.SslMode == SslMode.Require)
        {
            builder.SslMode = SslMode.VerifyCA;
        }

        return string.IsNullOrEmpty(builder.Host) ? throw new ConfigurationException(variable, $"names no host; {Example}") : builder;
    }

    /// <summary>
    /// Defaults for a gateway: wait briefly for the pool, prepare what repeats, show up by name in pg_stat_activity, and end on the server
    /// what nobody waits for any more. What the address itself says wins.
    /// </summary>
    /// <param name="pooled">True when a pooler stands between: its server sessions are not ours to prepare in or to set up.</param>
    public static NpgsqlDataSource Open(NpgsqlConnectionStringBuilder connection, bool pooled = false)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection.ConnectionString);
        SetUnlessGiven("Timeout", 3);
        SetUnlessGiven("Command Timeout", 15);
        SetUnlessGiven("Application Name", "hoop-gateway");
        if (pooled)
        {
            builder.MaxAutoPrepare = 0;
            builder.NoResetOnClose = true;
        }
        else
        {
            SetUnlessGiven("Max Auto Prepare", 100);
            SetUnlessGiven("Auto Prepare Min Usages", 2);

            // Nothing that the product sends outlives its transaction in a session (an architecture test looks for it), so there is nothing
            // to clean up: the driver would send seven statements before the first one of each request.
            SetUnlessGiven("No Reset On Close", true);
            builder.Options = SessionDefaults.AddTo(builder.Options);
        }

        // The pool's name in the metrics; without one they would show the connection string.
        return new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = "hoop" }.Build();

        void SetUnlessGiven(string keyword, object value)
        {
            if (!builder.Keys.Cast<string>().Contains(keyword, StringComparer.OrdinalIgnoreCase))
            {
                builder[keyword] = value;
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Keywords(string text, string variable)
    {
        try
        {
            // Splits the pairs and their quotes without judging the names: those are judged one by one, so that the wrong one is told.
            var pairs = new System.Data.Common.DbConnectionStringBuilder { ConnectionString = text };
            return [.. pairs.Keys.Cast<string>().Select(name => KeyValuePair.Create(name,
                Convert.ToString(pairs[name], CultureInfo.InvariantCulture) ?? ""))];
        }
        catch (ArgumentException)
        {
            throw new ConfigurationException(
                variable, $"is neither a postgres:// URL nor an Npgsql connection string (Host=…;Database=…); {Example}");
        }
    }
}

/// <summary>
/// What the server is told about the gateway's sessions. Limits: a frozen gateway keeps its locks for seconds, and no statement runs
/// for nobody. Plans: one for all arguments of a statement, because on a small table the planner would make another one at each call, which
/// costs more than the statement; by the indexes even where the table is small, because a plan is kept while the table grows; and
/// never compiled. A statement whose conditions may be absent is planned for its arguments all the same (<see cref="Db"/>).
/// </summary>
internal static class SessionDefaults
{
    private static readonly (string Name, string Value)[] Defaults =
    [
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("jit", "off"),
    ];

    /// <summary>Startup options; one that the operator set stays.</summary>
    public static string AddTo(string? options) => string.Join(
        ' ',
        Defaults.Where(one => options?.Contains(one.Name, StringComparison.Ordinal) != true)
            .Select(one => $"-c {one.Name}={one.Value}")
            .Prepend(options)
            .Where(option => !string.IsNullOrEmpty(option)));
}
