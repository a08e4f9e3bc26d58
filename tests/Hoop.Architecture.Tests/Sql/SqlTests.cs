using System.Reflection;
using Hoop.Shared.Data;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sql;

public sealed class SqlTests
{
    private static readonly string[] Schemas = [.. Product.Modules.Select(module => module.Schema)];

    [Test]
    public void A_module_names_its_own_schema_and_the_organization_in_every_statement()
    {
        var statements = Product.Modules.SelectMany(
            module => SqlRules.StatementsOf(module.Assembly.GetTypes()),
            (module, statement) => (module.Schema, Statement: statement)).ToArray();
        Assert.That(statements, Has.Length.GreaterThan(20));
        Assert.That(
            statements.SelectMany(one => SqlText.Tables(one.Statement.Sql)).Distinct().Count(),
            Is.GreaterThan(5),
            "the tables were not understood");

        Assert.That(statements.SelectMany(one => SqlRules.Violations(one.Statement, one.Schema, Schemas)), Is.Empty);
    }

    [TestCase("Hoop.Shared")]
    [TestCase("Hoop.PrivatePostgres")]
    public void What_lies_below_and_above_the_modules_names_none_of_their_tables(string assembly)
    {
        var statements = SqlRules.StatementsOf(Assembly.Load(assembly).GetTypes()).ToArray();
        Assert.That(statements, Is.Not.Empty);

        Assert.That(statements.SelectMany(statement => SqlRules.Violations(statement, "hoop", Schemas)), Is.Empty);
    }

    [Test]
    public void A_statement_that_breaks_a_rule_is_found()
    {
        var statements = SqlRules.StatementsOf([typeof(MadeUp), typeof(MadeUp.Handler)]).ToDictionary(
            statement => statement.Place.Split('.')[^1], StringComparer.Ordinal);

        Assert.That(statements.Keys, Has.No.Member("Greeting"));
        Assert.That(ProblemsOf("GoodSql"), Is.Empty);
        Assert.That(ProblemsOf("ReasonedSql"), Is.Empty);
        Assert.That(ProblemsOf("ForeignSql"), Has.One.EndsWith("touches the schema billing"));
        Assert.That(ProblemsOf("UnknownSql"), Has.One.EndsWith("touches the schema stock"));
        Assert.That(ProblemsOf("BareSql"), Has.One.EndsWith("names the table lines without its schema"));
        Assert.That(ProblemsOf("StarSql"), Has.One.Contains("does not name its columns"));
        Assert.That(ProblemsOf("EverybodySql"), Has.One.EndsWith("has neither @OrgId nor [CrossOrg] with a reason"));
        Assert.That(ProblemsOf("EmptyReasonSql"), Has.One.EndsWith("has neither @OrgId nor [CrossOrg] with a reason"));
        Assert.That(ProblemsOf("StaleReasonSql"), Has.One.Contains("one of them is not true"));
        Assert.That(ProblemsOf("Misnamed"), Has.One.Contains("is not named ...Sql"));

        string[] ProblemsOf(string name) => [.. SqlRules.Violations(statements[name], "orders", ["orders", "billing"])];
    }

    [TestCase("SELECT a FROM s.x AS one, s.y two, (SELECT 1) three", "s.x s.y")]
    [TestCase("SELECT count(*) FROM s.x JOIN s.y ON true LEFT JOIN LATERAL (SELECT b FROM s.z) AS z ON true", "s.x s.y s.z")]
    [TestCase("INSERT INTO s.x (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", "s.x")]
    [TestCase("UPDATE s.x SET a = b FROM y WHERE a IS DISTINCT FROM b", "s.x y")]
    [TestCase("WITH gone AS (DELETE FROM s.x RETURNING a), kept (a) AS MATERIALIZED (SELECT 1) SELECT a FROM gone JOIN kept USING (a)",
        "s.x")]
    [TestCase("SELECT extract(epoch FROM at), 'FROM q' FROM unnest(@Ids) AS ids -- FROM r", "")]
    [TestCase("SELECT a FROM s.x WHERE b FOR UPDATE SKIP LOCKED", "s.x")]
    [TestCase("CREATE TABLE IF NOT EXISTS s.x (a uuid REFERENCES s.y (id) ON DELETE CASCADE ON UPDATE CASCADE)", "s.x s.y")]
    [TestCase("CREATE UNIQUE INDEX x_by_a ON s.x (a) WHERE a IS NOT NULL", "s.x")]
    public void Tables_are_read_out_of_a_statement(string sql, string tables) =>
        Assert.That(string.Join(' ', SqlText.Tables(sql)), Is.EqualTo(tables));

    [TestCase("INSERT INTO s.x DEFAULT VALUES", true)]
    [TestCase("WITH gone AS (DELETE FROM s.x RETURNING a) SELECT a FROM gone", true)]
    [TestCase("UPDATE s.x SET a = 1", true)]
    [TestCase("SELECT a FROM s.x FOR UPDATE", false)]
    [TestCase("SELECT 'DELETE FROM s.x'", false)]
    public void A_statement_that_writes_is_told_from_one_that_reads(string sql, bool writes) =>
        Assert.That(SqlText.Writes(sql), Is.EqualTo(writes));

    private static class MadeUp
    {
        public const string Misnamed = "SELECT id FROM orders.lines WHERE org_id = @OrgId";

        internal static class Handler
        {
            public const string Greeting = "Select one of the lines";
            public const string GoodSql = "SELECT id, count(*) FROM orders.lines WHERE org_id = @OrgId";
            public const string ForeignSql =
                "SELECT line.id FROM orders.lines AS line JOIN billing.bills AS bill ON true WHERE line.org_id = @OrgId";
            public const string UnknownSql = "DELETE FROM stock.items WHERE org_id = @OrgId";
            public const string BareSql = "UPDATE lines SET id = @Id WHERE org_id = @OrgId";
            public const string StarSql = "SELECT line.* FROM orders.lines AS line WHERE org_id = @OrgId";
            public const string EverybodySql = "DELETE FROM orders.lines WHERE id = @Id";

            [CrossOrg("The sweep of all organizations.")]
            public const string ReasonedSql = "DELETE FROM orders.lines WHERE id = @Id";

            [CrossOrg("")]
            public const string EmptyReasonSql = "DELETE FROM orders.lines WHERE id = @Id";

            [CrossOrg("The sweep of all organizations.")]
            public const string StaleReasonSql = "DELETE FROM orders.lines WHERE org_id = @OrgId";
        }
    }
}
