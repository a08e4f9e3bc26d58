using Hoop.Shared.Data;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class StatementTextTests
{
    [TestCase("SELECT @A, @B, @A", "SELECT $1, $2, $1", "A B")]
    [TestCase("SELECT @Ab::text, @A", "SELECT $1::text, $2", "Ab A")]
    [TestCase("SELECT a @> @A AND b <@ @B", "SELECT a @> $1 AND b <@ $2", "A B")]
    [TestCase("SELECT '@A', \"@B\", 'it''s @C' -- @D\n, @E /* @F */", "SELECT '@A', \"@B\", 'it''s @C' -- @D\n, $1 /* @F */", "E")]
    [TestCase("DO $x$ BEGIN PERFORM @A; END $x$", "DO $x$ BEGIN PERFORM @A; END $x$", "")]
    [TestCase("SELECT 1", "SELECT 1", "")]
    [TestCase("SELECT @A", "SELECT $1", "A")]
    [TestCase("SELECT (@A)", "SELECT ($1)", "A")]
    [TestCase("SELECT @", "SELECT @", "")]
    public void Names_become_positions(string sql, string text, string names)
    {
        var (rewritten, found) = StatementText.WithPositions(sql);
        Assert.That((rewritten, string.Join(' ', found)), Is.EqualTo((text, names)));
    }

    [TestCase("INSERT INTO s.x (a, b) VALUES (@A, @B)", true)]
    [TestCase("INSERT INTO s.x AS y (a)\nVALUES (@A)\nRETURNING y.a, EXISTS (SELECT 1 FROM s.z)", true)]
    [TestCase("INSERT INTO s.x (a) VALUES (@A) ON CONFLICT DO NOTHING", false)]
    [TestCase("INSERT INTO s.x (a) SELECT a FROM s.y", false)]
    [TestCase("INSERT INTO s.x (a) SELECT b FROM (VALUES (1)) AS one (b) WHERE false", false)]
    [TestCase("UPDATE s.x SET a = 1", false)]
    [TestCase("WITH y AS (SELECT 1) INSERT INTO s.x (a) VALUES (1)", false)]
    public void An_insert_that_writes_its_row_or_fails_is_told(string sql, bool plain) =>
        Assert.That(StatementText.IsPlainInsert(sql), Is.EqualTo(plain));

    [TestCase("SELECT 1", true)]
    [TestCase("SELECT pg_notify(@A, @B)", true)]
    [TestCase("INSERT INTO s.x (a) VALUES ('x RETURNING y')", false)]
    [TestCase("INSERT INTO s.x (a) VALUES (1)\nRETURNING a", true)]
    [TestCase("DELETE FROM s.x", false)]
    [TestCase("WITH gone AS (DELETE FROM s.x RETURNING a) SELECT a FROM gone", null)]
    [TestCase("WITH one AS (SELECT 1) SELECT 2", null)]
    public void Whether_rows_come_back_is_told_where_it_is_plain(string sql, bool? rows) =>
        Assert.That(StatementText.RowsOf(sql), Is.EqualTo(rows));

    [TestCase("SELECT a FROM s.x WHERE ($1::text IS NULL OR a = $1)", true)]
    [TestCase("SELECT a FROM s.x WHERE ($12 IS NULL\n OR a = $12)", true)]
    [TestCase("SELECT a FROM s.x WHERE a = $1 AND (b IS NULL OR b > now())", false)]
    public void A_condition_that_may_be_absent_is_told(string text, bool absent) =>
        Assert.That(StatementText.HasAbsentConditions(text), Is.EqualTo(absent));
}
