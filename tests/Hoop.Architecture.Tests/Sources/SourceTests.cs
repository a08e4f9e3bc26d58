using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

public sealed class SourceTests
{
    [Test]
    public void Files_are_short_finished_and_keep_to_the_clock_that_is_injected()
    {
        var files = Product.Files("src", "*.cs").ToArray();
        Assert.That(files, Has.Length.GreaterThan(100));

        Assert.That(files.SelectMany(SourceRules.Violations), Is.Empty);
    }

    [TestCase("var now = DateTime.UtcNow;", "past TimeProvider")]
    [TestCase("var now = DateTimeOffset.Now;", "past TimeProvider")]
    [TestCase("Thread.Sleep(1);", "blocks its thread")]
    [TestCase("try { Go(); } catch { }", "swallows")]
    [TestCase("try { Go(); } catch (IOException) when (Retry())\n{\n}", "swallows")]
    [TestCase("try { Go(); } catch\n{\n    // Never mind.\n}", "swallows")]
    [TestCase("await db.Execute($\"DELETE FROM {table}\", args, token);", "no constant")]
    [TestCase("await db.Find<Row>(\n  \"\"\"SELECT 1\"\"\", args, token);", "no constant")]
    [TestCase("async void Go() => await Work();", "loses its exceptions")]
    [TestCase("private const string LockSql = \"SELECT pg_advisory_lock(1)\";", "session")]
    [TestCase("private const string OffSql = \"SET jit = off\";", "session")]
    [TestCase("private const string OffSql = \"SELECT set_config('jit', 'off', false)\";", "session")]
    [TestCase("private const string HearSql = \"LISTEN orders\";", "session")]
    [TestCase("#region Handlers", "fold")]
    [TestCase("// TODO: finish", "not finished")]
    [TestCase("throw new NotImplementedException();", "not finished")]
    public void A_line_that_breaks_a_rule_is_found(string line, string problem) =>
        Assert.That(SourceRules.Violations(new SourceFile("src/Modules/Orders/Hoop.Orders/Order.cs", line)), Has.One.Contains(problem));

    [TestCase("// Not DateTime.UtcNow: the tests move the clock.")]
    [TestCase("catch (IOException) { Retry(); }")]
    [TestCase("catch (IOException)\n{\n    // The other side closed first.\n}")]
    [TestCase("await db.Execute(DeleteSql, args, token);")]
    [TestCase("var today = clock.GetUtcNow();")]
    [TestCase("private const string OffSql = \"SET LOCAL jit = off\"; // then SELECT pg_advisory_xact_lock(1)")]
    [TestCase("private const string SetSql = \"UPDATE orders SET name = 'x'\";")]
    public void A_line_that_keeps_the_rules_is_not(string line) =>
        Assert.That(SourceRules.Violations(new SourceFile("src/Modules/Orders/Hoop.Orders/Order.cs", line)), Is.Empty);

    [Test]
    public void A_file_and_a_slice_that_grew_too_long_are_found()
    {
        const string Slice = "internal static class CreateOrder\n{\n    internal sealed record Request(string Name);\n";

        Assert.That(Violations(Lines(300)), Is.Empty);
        Assert.That(Violations(Lines(301)), Has.One.Contains("301 lines, more than 300"));
        Assert.That(Violations(Slice + Lines(137)), Is.Empty);
        Assert.That(Violations(Slice + Lines(138)), Has.One.Contains("141 lines, more than 140"));
        Assert.That(Violations("using System;\nusing Dapper;\n\nnamespace Hoop.Orders;\n" + Lines(299)), Is.Empty);

        static IEnumerable<string> Violations(string text) =>
            SourceRules.Violations(new SourceFile("src/Shared/Hoop.Shared/Long.cs", text));
        static string Lines(int count) => string.Concat(Enumerable.Repeat(";\n", count));
    }
}
