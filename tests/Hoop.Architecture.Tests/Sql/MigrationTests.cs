using Hoop.Shared.Data;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sql;

public sealed class MigrationTests
{
    private static readonly string[] Schemas = [.. Product.Modules.Select(module => module.Schema), "hoop"];
    private static readonly SourceFile[] Files = [.. Product.Files("db/migrations", "*.sql")];

    [Test]
    public void A_migration_touches_the_schema_of_its_module_alone()
    {
        Assert.That(Files, Has.Length.GreaterThan(1));
        Assert.That(
            Files.SelectMany(file => SqlText.Tables(file.Text)),
            Has.Some.EqualTo("identity.organizations"),
            "the tables were not understood");

        Assert.That(MigrationRules.Violations(Files, Schemas), Is.Empty);
    }

    [Test]
    public void Every_file_travels_in_the_assembly_of_the_module_that_owns_it()
    {
        var embedded = Product.Modules.Select(module => (module.Schema, module.Assembly)).Append(
            (Schema: "hoop", Assembly: typeof(Migration).Assembly))
            .SelectMany(owner => Migration.In(owner.Assembly), (owner, migration) => $"{owner.Schema}: {migration.File}");

        Assert.That(
            embedded,
            Is.EquivalentTo(Files.Select(file => Path.GetFileName(file.Path)).Select(name => $"{MigrationRules.OwnerOf(name, Schemas)}: {name}")));
    }

    [Test]
    public async Task No_foreign_key_of_the_migrated_database_leaves_its_schema()
    {
        await using var gateway = await TestGateway.Start();
        var keys = await gateway.Query<ForeignKey>(
            """
            SELECT conname::text AS name, from_space.nspname::text AS from_schema, to_space.nspname::text AS to_schema
            FROM pg_constraint
            JOIN pg_class AS from_table ON from_table.oid = conrelid
            JOIN pg_namespace AS from_space ON from_space.oid = from_table.relnamespace
            JOIN pg_class AS to_table ON to_table.oid = confrelid
            JOIN pg_namespace AS to_space ON to_space.oid = to_table.relnamespace
            WHERE contype = 'f'
            """);

        Assert.That(keys, Is.Not.Empty);
        Assert.That(keys.Where(key => key.FromSchema != key.ToSchema), Is.Empty);
    }

    [TestCase("0005_orders_less.sql", "ALTER TABLE orders.lines DROP COLUMN note;", "only add, or say")]
    [TestCase("0005_orders_less.sql", "DROP TABLE orders.lines;", "only add, or say")]
    [TestCase("0005_orders_less.sql", "ALTER TABLE orders.lines RENAME COLUMN note TO remark;", "only add, or say")]
    [TestCase("0005_orders_less.sql", "ALTER TABLE orders.lines ALTER COLUMN note TYPE integer;", "only add, or say")]
    [TestCase("0005_orders_less.sql", "ALTER TABLE orders.lines ALTER COLUMN note SET NOT NULL;", "only add, or say")]
    [TestCase("0005_orders_less.sql", "ALTER TABLE orders.lines ADD COLUMN note text NOT NULL;", "only add, or say")]
    [TestCase("0001_orders_base.sql", "CREATE TABLE orders.lines (id uuid REFERENCES billing.bills (id));", "touches the schema billing")]
    [TestCase("0001_orders_base.sql", "CREATE TABLE lines (id uuid);", "names the table lines without its schema")]
    [TestCase("0001_orders_base.sql", "CREATE SCHEMA stock;", "the schema stock")]
    [TestCase("0001_orders_base.sql", "ALTER TABLE billing.bills ADD COLUMN seen boolean;", "touches the schema billing")]
    [TestCase("0001_stock_base.sql", "CREATE SCHEMA stock;", "is not named")]
    [TestCase("1_orders_base.sql", "CREATE SCHEMA orders;", "is not named")]
    public void A_migration_that_reaches_too_far_is_found(string file, string sql, string problem) =>
        Assert.That(
            MigrationRules.Violations([new SourceFile("db/migrations/" + file, sql)], ["orders", "billing"]), Has.Some.Contains(problem));

    [TestCase("ALTER TABLE orders.lines ADD COLUMN note text;")]
    [TestCase("ALTER TABLE orders.lines ADD COLUMN note text NOT NULL DEFAULT '';")]
    [TestCase("ALTER TABLE orders.lines ADD COLUMN note text DEFAULT '' NOT NULL;")]
    [TestCase("ALTER TABLE orders.lines DROP CONSTRAINT lines_kind; ALTER TABLE orders.lines ADD CONSTRAINT lines_kind CHECK (true);")]
    [TestCase("-- compatible-from: 0004\nALTER TABLE orders.lines DROP COLUMN note;")]
    public void A_migration_that_only_adds_or_says_whom_it_breaks_is_not(string sql) =>
        Assert.That(MigrationRules.Violations([new SourceFile("db/migrations/0005_orders_more.sql", sql)], ["orders"]), Is.Empty);

    [Test]
    public void A_number_that_is_used_twice_is_found()
    {
        SourceFile[] files = [new("db/migrations/0001_orders_base.sql", ""), new("db/migrations/0001_billing_base.sql", "")];

        Assert.That(MigrationRules.Violations(files, ["orders", "billing"]), Has.One.StartsWith("the number 0001 is taken"));
    }

    private sealed record ForeignKey(string Name, string FromSchema, string ToSchema);
}
