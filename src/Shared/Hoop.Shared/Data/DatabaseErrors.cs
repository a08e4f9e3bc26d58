using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>Tells a database that cannot be reached for the moment from a bug in a statement.</summary>
public static class DatabaseErrors
{
    /// <summary>Answered with 503 and <c>Retry-After</c>: the caller may simply try again.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        // 08 connection, 53 resources (disk full, too many connections), 57P operator intervention, 58 system (a disk that fails),
        // 57014, 55P03 and 25P03 the server's own limits on statements, locks and idle transactions, 25006 read-only after a fail-over.
        PostgresException postgres => postgres.SqlState is "25006" or "40001" or "40P01" or "55P03" or "57014" or "25P03"
            || IsStalePlan(postgres)
            || postgres.SqlState.StartsWith("08", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("53", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("58", StringComparison.Ordinal),
        // The network, or a time limit. What else Npgsql throws is a mistake of ours, such as one connection used twice at once.
        NpgsqlException { IsTransient: true } or TimeoutException => true,
        { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };

    /// <summary>«cached plan must not change result type»: the statement was prepared before a migration.</summary>
    internal static bool IsStalePlan(PostgresException exception) =>
        exception is { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" };

    /// <summary>
    /// True when a row was refused because its organization was deleted while it was being written: by the foreign key, or in the trail,
    /// whose rows outlive their organization, by the missing value.
    /// </summary>
    public static bool IsOrganizationGone(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: { } name } =>
            name.EndsWith("_org_id_fkey", StringComparison.Ordinal),
        PostgresException { SqlState: PostgresErrorCodes.NotNullViolation, TableName: "audit_events", ColumnName: "org_id" } => true,
        _ => false,
    };

    /// <summary>The name of the constraint that refused a row, or null.</summary>
    public static string? BrokenConstraint(Exception exception) =>
        exception is PostgresException
        {
            SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.CheckViolation
            or PostgresErrorCodes.ForeignKeyViolation
        } postgres
            ? postgres.ConstraintName
            : null;
}
