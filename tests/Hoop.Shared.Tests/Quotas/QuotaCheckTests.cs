using Dapper;
using Hoop.Shared.Data;
using Hoop.Shared.Quotas;
using Hoop.Shared.Results;
using Hoop.Shared.Tests.Pipeline;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Quotas;

/// <summary>How many count, of those who make things at once.</summary>
[NonParallelizable]
public sealed class QuotaCheckTests : KitchenFixture
{
    private static readonly Quota Counted = new("dishes", "HOOP_QUOTA_DISHES", 1_000_000, """
        SELECT count(*) + 0 * nextval('public.counted')
        FROM (SELECT FROM public.dishes WHERE org_id = @OrgId LIMIT @Most) AS found
        """);

    private const string WaitingSql = """
        SELECT count(*)
        FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    [OneTimeSetUp]
    public Task CountCounts() => Run("CREATE SEQUENCE counted");

    [SetUp]
    public Task Forget()
    {
        Services.GetRequiredService<QuotaMemory>().Forget(Org);
        return Run("ALTER SEQUENCE counted RESTART");
    }

    [Test]
    public async Task Of_many_that_need_a_count_at_once_one_counts()
    {
        const int Many = 6;
        await using var holder = await Database.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(hashtextextended('quota dishes ' || @Org::text, 0))", new { Org }, held);
        var waiting = Enumerable.Range(0, Many).Select(_ => Make()).ToArray();
        await Eventually.True(
            async () => await Number(WaitingSql) == Many,
            "all of them wait for the lock");

        await held.CommitAsync();

        Assert.That(await Task.WhenAll(waiting), Is.All.Null);
        Assert.That(await Counts(), Is.EqualTo(1));
        Assert.That(await Make(), Is.Null);
        Assert.That(await Counts(), Is.EqualTo(1), "far from the limit nothing is counted");
    }

    [Test]
    public async Task Near_the_limit_each_one_counts_after_the_other()
    {
        var few = Counted with { Kind = "few_dishes" };
        FindQuotaHandler.Most = 2;
        try
        {
            var made = await Task.WhenAll(Enumerable.Range(0, 5).Select(number => Make(few, $"dish {number}")));

            Assert.That(made.Count(error => error is null), Is.EqualTo(2));
            Assert.That(made.OfType<Error>().Select(error => error.Code), Is.All.EqualTo("quota"));
            Assert.That(await Counts(), Is.EqualTo(5));
        }
        finally
        {
            FindQuotaHandler.Most = null;
        }
    }

    private async Task<Error?> Make(Quota? quota = null, string? name = null)
    {
        await using var scope = SignedIn();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await using var transaction = await db.Begin(CancellationToken.None);
        var full = await scope.ServiceProvider.GetRequiredService<QuotaCheck>().Refuses(Org, quota ?? Counted, CancellationToken.None);
        if (full is null && name is not null)
        {
            await db.Of(Org).Execute(
                "INSERT INTO public.dishes (org_id, name) VALUES (@OrgId, @Name)", new { Name = name }, CancellationToken.None);
        }

        await transaction.Commit(CancellationToken.None);
        return full;
    }

    private Task<long> Counts() => Number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM counted");

    private async Task<long> Number(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return await connection.QuerySingleAsync<long>(sql);
    }

    private async Task Run(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }
}

/// <summary>No organization has a limit of its own, but for a test that says so.</summary>
internal sealed class FindQuotaHandler : IRequestHandler<FindQuota, long?>
{
    public static long? Most { get; set; }

    public Task<long?> Handle(FindQuota request, CancellationToken cancellationToken) => Task.FromResult<long?>(Most ?? 1_000_000);
}
