using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// One statement of the program: its text with positions in place of names, and what was compiled to bind its arguments and to read its
/// rows. Made once for each constant; Npgsql, which would write a statement with names anew for each call, sends this text as it is.
/// </summary>
internal sealed class Statement
{
    public const string OrgId = "OrgId";

    [CrossOrg("Names no row: the plan of the statement that follows is made for its arguments.")]
    private const string PlanAnewSql = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)";

    // By identity, not by content: a constant is one object, and hashing a long statement at each call would cost more than the rest. What
    // was not a constant goes with its text.
    private static readonly ConditionalWeakTable<string, Statement> Known = [];

    public static readonly Statement PlanAnew = Of(PlanAnewSql);
    public static readonly Statement Begin = Of("BEGIN");
    public static readonly Statement Commit = Of("COMMIT");
    public static readonly Statement Rollback = Of("ROLLBACK");

    private readonly ConcurrentDictionary<Type, Action<object?, Guid, NpgsqlParameterCollection>> _binders = new();
    private readonly ConcurrentDictionary<Type, Delegate> _readers = new();

    private Statement(string sql)
    {
        (Text, Names) = StatementText.WithPositions(sql);
        IsOfOrganization = Names.Contains(OrgId, StringComparer.Ordinal);
        IsPlainInsert = StatementText.IsPlainInsert(sql);
        Rows = StatementText.RowsOf(sql);
        Writing = StatementText.WritingOf(sql);
        IsPlannedAnew = StatementText.HasAbsentConditions(Text);
    }

    /// <summary>With <c>$1</c>, <c>$2</c>, … in place of names.</summary>
    public string Text { get; }

    /// <summary>The argument of each position.</summary>
    public IReadOnlyList<string> Names { get; }

    public bool IsOfOrganization { get; }

    /// <summary>Either it writes the rows of its VALUES or it fails.</summary>
    public bool IsPlainInsert { get; }

    /// <summary>Whether rows come back; null where the text does not say it plainly.</summary>
    public bool? Rows { get; }

    /// <summary>Whether it writes rows; null where only the number of rows written tells.</summary>
    public bool? Writing { get; }

    /// <summary>
    /// True when a condition may be absent (<c>@Name IS NULL OR …</c>): no plan is good for all arguments.
    /// </summary>
    public bool IsPlannedAnew { get; }

    public static Statement Of(string sql) => Known.GetValue(sql, static text => new Statement(text));

    /// <summary>Adds the arguments in the order of their positions.</summary>
    /// <exception cref="InvalidOperationException">One is missing, brings an organization of its own, or is of a kind that is not
    /// bound.</exception>
    public void Bind(Guid orgId, object? args, NpgsqlParameterCollection parameters)
    {
        if (Names.Count > 0)
        {
            var bind = _binders.GetOrAdd(args?.GetType() ?? typeof(void), static (type, of) => ArgumentBinder.For(of, type), this);
            bind(args, orgId, parameters);
        }
    }

    public Func<DbDataReader, T> ReaderOf<T>(DbDataReader reader) =>
        (Func<DbDataReader, T>)_readers.GetOrAdd(typeof(T), static (_, first) => RowReader.For<T>(first), reader);
}
