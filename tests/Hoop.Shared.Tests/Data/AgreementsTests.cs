using Hoop.Shared.Data;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class AgreementsTests
{
    private const string Kind = "sealing_key";

    private TestDatabase _shared = null!;
    private NpgsqlDataSource _database = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _shared = await TestPostgres.CreateDatabase();
        _database = NpgsqlDataSource.Create(_shared.Connection);
    }

    [SetUp]
    public Task Reset() => _shared.Reset();

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _database.DisposeAsync();
        await _shared.DisposeAsync();
    }

    [Test]
    public async Task What_was_agreed_is_known_to_the_next_one()
    {
        await Agree("one");

        await using var next = await Begin();
        Assert.That((next.Current, next.IsOpen, next.ReplacedAt("one")), Is.EqualTo(("one", false, (DateTime?)null)));
    }

    [Test]
    public async Task What_was_replaced_is_known_for_good()
    {
        await Agree("one");
        await Agree("two");
        await Agree("three");

        await using var next = await Begin();
        Assert.That(next.Current, Is.EqualTo("three"));
        Assert.That((next.ReplacedAt("one"), next.ReplacedAt("two")), Is.Not.EqualTo(((DateTime?)null, (DateTime?)null)));
        Assert.That(next.ReplacedAt("four"), Is.Null);
    }

    [Test]
    public async Task One_that_is_agreed_on_again_counts_again()
    {
        await Agree("one");
        await Agree("two");
        await Agree("one");

        await using var next = await Begin();
        Assert.That((next.Current, next.ReplacedAt("one"), next.ReplacedAt("two") is null), Is.EqualTo(("one", (DateTime?)null, false)));
    }

    [Test]
    public async Task What_is_not_committed_was_never_agreed()
    {
        await using (await Begin())
        {
        }

        await using var next = await Begin();
        Assert.That(next.Current, Is.Null);
    }

    [Test]
    public async Task Forgetting_leaves_it_to_the_next_one()
    {
        await Agree("one");
        await using (var agreement = await Begin())
        {
            await agreement.Forget(CancellationToken.None);
        }

        await using (var open = await Begin())
        {
            Assert.That((open.Current, open.IsOpen), Is.EqualTo(((string?)null, true)));
        }

        await Agree("two");
        await using var next = await Begin();
        Assert.That((next.Current, next.IsOpen), Is.EqualTo(("two", false)));
    }

    [Test]
    public async Task Kinds_do_not_mix()
    {
        await Agree("one");

        await using var other = await new Agreements(
            _database, NullLogger<Agreements>.Instance).Begin("operator_token", CancellationToken.None);
        Assert.That(other.Current, Is.Null);
    }

    [Test]
    public async Task One_agrees_at_a_time()
    {
        var first = await Begin();
        var second = Begin();
        Assert.That(second.IsCompleted, Is.False);

        await first.Agree("one", CancellationToken.None);
        await first.DisposeAsync();

        await using var later = await second;
        Assert.That(later.Current, Is.EqualTo("one"));
    }

    private Task<Agreement> Begin() => new Agreements(_database, NullLogger<Agreements>.Instance).Begin(Kind, CancellationToken.None);

    private async Task Agree(string fingerprint)
    {
        await using var agreement = await Begin();
        await agreement.Agree(fingerprint, CancellationToken.None);
    }
}
