using System.Net;
using System.Text.Json;
using Hoop.Identity.Audit;
using Hoop.Identity.Contracts;
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

    private Task Write() => Gateway.Services.GetRequiredService<AuditUpkeep>().WriteRefused(CancellationToken.None);
}
