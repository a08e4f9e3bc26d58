using Hoop.Identity.Audit;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Audit;

[Description("S13: the trail grows without bound")]
public sealed class AuditRetentionTests
{
    private const string FillSql = """
        INSERT INTO identity.audit_events (org_id, occurred_at, actor_kind, actor_subject, actor_name, action, resource_type, outcome)
        SELECT gen_random_uuid(), now() - @Age::interval, 'user', 'u', 'u', 'use', @Kind, 'success' FROM generate_series(1, @Count)
        """;

    [Test]
    public async Task Rows_older_than_the_retention_go_in_batches_and_the_removal_is_a_row()
    {
        await using var gateway = await TestGateway.Start(new() { ["HOOP_AUDIT_RETENTION"] = "720h" });
        await gateway.Execute(FillSql, new { Age = "31 days", Kind = "old", Count = (2 * AuditUpkeep.Batch) + 7 });
        await gateway.Execute(FillSql, new { Age = "29 days", Kind = "young", Count = 10 });

        // The rows of the start itself are younger and came first: an id says when a row was written, and these were written late.
        await gateway.Execute("UPDATE identity.audit_events SET id = DEFAULT WHERE resource_type NOT IN ('old', 'young')");
        var upkeep = gateway.Services.GetRequiredService<AuditUpkeep>();
        var removed = await upkeep.RemoveOld(CancellationToken.None);
        var again = await upkeep.RemoveOld(CancellationToken.None);

        Assert.That((removed, again), Is.EqualTo(((2L * AuditUpkeep.Batch) + 7, 0L)));
        Assert.That(await gateway.AuditOf("old"), Is.Empty);
        Assert.That(await gateway.AuditOf("young"), Has.Count.EqualTo(10));
        var row = (await gateway.AuditOf("audit_trail")).Single();
        Assert.That((row.Action, row.ActorKind), Is.EqualTo(("delete", "gateway")));
        Assert.That(row.Fields, Does.Contain($"\"rows\": {removed}"));
    }

    [Test]
    public async Task Without_a_retention_nothing_goes()
    {
        await using var gateway = await TestGateway.Start();
        await gateway.Execute(FillSql, new { Age = "10000 days", Kind = "old", Count = 3 });

        Assert.That(await gateway.Services.GetRequiredService<AuditUpkeep>().RemoveOld(CancellationToken.None), Is.Zero);
        Assert.That(await gateway.AuditOf("old"), Has.Count.EqualTo(3));
    }

    [TestCase("1h")]
    [TestCase("forever")]
    [TestCase("-720h")]
    public void A_retention_that_is_no_duration_of_a_day_or_more_stops_the_start(string text) =>
        Assert.That(
            () => AuditOptions.From(Configured(text)),
            Throws.InstanceOf<ConfigurationException>().With.Message.Contains("HOOP_AUDIT_RETENTION"));

    private static IConfiguration Configured(string text) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("HOOP_AUDIT_RETENTION", (string?)text)]).Build();
}
