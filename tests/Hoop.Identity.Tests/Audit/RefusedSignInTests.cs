using System.Net;
using System.Text.Json;
using Hoop.Identity.Audit;
using Hoop.Identity.Contracts;
using Hoop.Shared.Audit;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Audit;

public sealed class RefusedSignInTests : IdentityFixture
{
    [Test]
    public async Task A_refused_credential_is_counted_and_written_as_one_row()
    {
        using var wrong = Gateway.As("hpk_no-such-token-0123456789");
        for (var i = 0; i < 5; i++)
        {
            Assert.That((await wrong.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        await Gateway.Anonymous.Get("/api/userinfo");
        await Write();
        await Write();

        var row = (await Gateway.AuditOf("sign_in")).Single(row => row.Fields.Contains("api_token", StringComparison.Ordinal));
        Assert.That(
            (row.ActorKind, row.Action, row.Outcome, row.ResourceId), Is.EqualTo(("gateway", "authenticate", "failure", "127.0.0.1")));
        Assert.That(row.Failure, Is.Not.Empty);
        Assert.That(JsonElement.Parse(row.Fields).GetProperty("count").GetInt64(), Is.EqualTo(5));
        Assert.That(row.Fields, Does.Not.Contain("no-such-token"));
    }

    [Test]
    public void A_flood_of_sources_and_reasons_is_a_bounded_number_of_rows_and_none_is_forgotten()
    {
        var refused = new RefusedSignIns(TimeProvider.System);
        for (var i = 0; i < 10_000; i++)
        {
            refused.Note(new SignInRefused($"2001:db8::{i:x}", "jwt_svid", "expired"));
        }

        var rows = refused.Take();
        Assert.That(rows, Has.Count.EqualTo(RefusedSignIns.MostKinds + 1));
        Assert.That(rows.Sum(row => (long)row.Fields.Single(field => field.Key == "count").Value!), Is.EqualTo(10_000));
        Assert.That(refused.Take(), Is.Empty);
    }

    [Test]
    public void What_a_source_holds_is_kept_short_and_storable()
    {
        var refused = new RefusedSignIns(TimeProvider.System);
        refused.Note(new SignInRefused(new string('\0', 10_000), "unknown", "malformed"));

        Assert.That(refused.Take().Single().ResourceId, Has.Length.LessThan(70).And.Not.Contain("\0"));
    }

    [Test]
    public async Task What_could_not_be_written_is_written_the_next_time_with_what_came_since()
    {
        var refused = new RefusedSignIns(TimeProvider.System);
        Note(refused, "203.0.113.1", 3);
        Note(refused, "203.0.113.2", 4);
        var written = new List<AuditEntry>();

        Assert.That(
            () => refused.Write(entry =>
            {
                if (written.Count == 1)
                {
                    // While it fails, more come.
                    Note(refused, entry.ResourceId!, 2);
                    throw new TimeoutException("the database is away");
                }

                written.Add(entry);
                return Task.CompletedTask;
            }),
            Throws.InstanceOf<TimeoutException>());
        Assert.That(refused.Lag, Is.Not.Null);
        await refused.Write(entry =>
        {
            written.Add(entry);
            return Task.CompletedTask;
        });

        Assert.That(written.Select(entry => entry.ResourceId).ToArray(), Is.Unique.And.Length.EqualTo(2), "nothing is written twice");
        Assert.That(written.Sum(Count), Is.EqualTo(9));
        Assert.That(refused.Take(), Is.Empty);
    }

    [Test]
    public void However_often_a_write_fails_what_is_kept_is_bounded_and_the_number_is_right()
    {
        var refused = new RefusedSignIns(TimeProvider.System);
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                Note(refused, $"10.{round}.0.{i}", 1);
            }

            Assert.That(() => refused.Write(_ => throw new TimeoutException()), Throws.InstanceOf<TimeoutException>());
        }

        var rows = refused.Take();
        Assert.That(rows, Has.Count.EqualTo(RefusedSignIns.MostKinds + 1));
        Assert.That(rows.Sum(Count), Is.EqualTo(500));
    }

    [Test]
    public async Task A_trail_that_cannot_be_written_gets_its_rows_when_it_can()
    {
        await using var gateway = await TestGateway.Start();
        using var wrong = gateway.As("hpk_no-such-token-0123456789");
        await wrong.Get("/api/userinfo");
        var upkeep = gateway.Services.GetRequiredService<AuditUpkeep>();
        await gateway.Execute("ALTER TABLE identity.audit_events RENAME TO audit_events_away");

        Assert.That(() => upkeep.WriteRefused(CancellationToken.None), Throws.Exception);
        await gateway.Execute("ALTER TABLE identity.audit_events_away RENAME TO audit_events");
        await upkeep.WriteRefused(CancellationToken.None);

        var row = (await gateway.AuditOf("sign_in")).Single(row => row.Fields.Contains("api_token", StringComparison.Ordinal));
        Assert.That(JsonElement.Parse(row.Fields).GetProperty("count").GetInt64(), Is.EqualTo(1));
    }

    private static void Note(RefusedSignIns refused, string source, int times)
    {
        for (var i = 0; i < times; i++)
        {
            refused.Note(new SignInRefused(source, "api_token", "unknown_credential"));
        }
    }

    private static long Count(AuditEntry entry) => (long)entry.Fields.Single(field => field.Key == "count").Value!;

    private Task Write() => Gateway.Services.GetRequiredService<AuditUpkeep>().WriteRefused(CancellationToken.None);
}
