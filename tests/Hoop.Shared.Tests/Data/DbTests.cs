using Dapper;
using Hoop.Shared.Data;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class DbTests
{
    private const string CreateSql = "CREATE TABLE notes (org_id uuid NOT NULL, text text NOT NULL UNIQUE)";
    private const string AddSql = "INSERT INTO notes (org_id, text) VALUES (@OrgId, @Text)";
    private const string ListSql = "SELECT text FROM notes WHERE org_id = @OrgId ORDER BY text";
    private const string FindSql = "SELECT text FROM notes WHERE org_id = @OrgId AND text = ANY (@Texts)";
    private const string CountSql = "SELECT count(*) FROM notes";

    private static readonly Guid Org = Guid.CreateVersion7();
    private static readonly Guid Other = Guid.CreateVersion7();

    private NpgsqlDataSource _database = null!;
    private Db _db = null!;

    [SetUp]
    public async Task Start()
    {
        _database = NpgsqlDataSource.Create(await TestPostgres.CreateEmptyDatabase());
        _db = new Db(_database);
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync(CreateSql);
    }

    [TearDown]
    public async Task Stop() => await _database.DisposeAsync();

    [Test]
    public async Task A_statement_sees_the_rows_of_the_organization_it_was_asked_for()
    {
        await Add("mine");
        await _db.Of(Other).Execute(AddSql, new { Text = "theirs" }, CancellationToken.None);

        Assert.That(await _db.Of(Org).List<string>(ListSql, args: null, CancellationToken.None), Is.EqualTo(new[] { "mine" }));
        Assert.That(
            await _db.Of(Other).Find<string>(FindSql, new { Texts = new[] { "mine", "theirs" } }, CancellationToken.None),
            Is.EqualTo("theirs"));
        Assert.That(await _db.AcrossOrgs.Find<long>(CountSql, args: null, CancellationToken.None), Is.EqualTo(2));
    }

    [Test]
    public async Task Arguments_of_different_types_for_one_statement_are_each_bound()
    {
        await Add("a");
        await _db.Of(Org).Execute(AddSql, new Named("b"), CancellationToken.None);

        Assert.That(await Notes(), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void Arguments_that_bring_an_organization_of_their_own_are_refused() => Assert.That(
        () => _db.Of(Org).Execute(AddSql, new { OrgId = Other, Text = "smuggled" }, CancellationToken.None),
        Throws.InvalidOperationException.With.Message.Contains("OrgId of its own"));

    [Test]
    public void A_statement_without_an_organization_does_not_go_through_one() => Assert.That(
        () => _db.Of(Org).Find<long>(CountSql, args: null, CancellationToken.None),
        Throws.InvalidOperationException.With.Message.Contains("@OrgId"));

    [Test]
    public void A_statement_about_an_organization_does_not_pass_over_all() => Assert.That(
        () => _db.AcrossOrgs.List<string>(ListSql, new { OrgId = Org }, CancellationToken.None),
        Throws.InvalidOperationException.With.Message.Contains("Of(orgId)"));

    [Test]
    public async Task Without_a_commit_nothing_stays()
    {
        await using (await _db.Begin(CancellationToken.None))
        {
            await Add("lost");
            Assert.That(await Notes(), Is.EqualTo(new[] { "lost" }), "the transaction sees its own row");
        }

        Assert.That(await Notes(), Is.Empty);
    }

    /// <summary>
    /// Three levels; <paramref name="failing"/> is the one that is not committed. What it and those inside it wrote goes.
    /// </summary>
    [TestCase(0, "")]
    [TestCase(1, "a,e")]
    [TestCase(2, "a,b,d,e")]
    [TestCase(3, "a,b,c,d,e")]
    [Description("A savepoint of one name for all levels undid only the innermost one.")]
    public async Task A_failure_at_one_depth_undoes_what_was_written_at_and_below_it(int failing, string left)
    {
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            await Add("a");
            await using (var nested = await _db.Begin(CancellationToken.None))
            {
                await Add("b");
                await using (var innermost = await _db.Begin(CancellationToken.None))
                {
                    await Add("c");
                    await CommitUnless(failing == 2, innermost);
                }

                await Add("d");
                await CommitUnless(failing == 1, nested);
            }

            await Add("e");
            await CommitUnless(failing == 0, command);
        }

        Assert.That(string.Join(',', await Notes()), Is.EqualTo(left));
    }

    [Test]
    public async Task A_statement_that_fails_two_levels_deep_leaves_the_outer_levels_usable()
    {
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            await Add("a");
            await using (var nested = await _db.Begin(CancellationToken.None))
            {
                await Add("b");
                await using (await _db.Begin(CancellationToken.None))
                {
                    Assert.That(() => Add("a"), Throws.TypeOf<PostgresException>());
                }

                await Add("c");
                await nested.Commit(CancellationToken.None);
            }

            await command.Commit(CancellationToken.None);
        }

        Assert.That(await Notes(), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public async Task One_depth_is_used_again_and_again_in_one_command()
    {
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            foreach (var text in new[] { "a", "b", "c", "d" })
            {
                await using var nested = await _db.Begin(CancellationToken.None);
                await Add(text);
                await CommitUnless(text is "a" or "c", nested);
            }

            await command.Commit(CancellationToken.None);
        }

        Assert.That(await Notes(), Is.EqualTo(new[] { "b", "d" }));
    }

    [Test]
    public async Task A_connection_that_broke_inside_a_nested_command_shows_its_own_error()
    {
        Func<Task> broken = async () =>
        {
            await using var command = await _db.Begin(CancellationToken.None);
            await using var nested = await _db.Begin(CancellationToken.None);
            await _db.AcrossOrgs.Execute("SELECT pg_terminate_backend(pg_backend_pid())", args: null, CancellationToken.None);
        };

        Assert.That(broken, Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo("57P01"));
        await Add("well again");
        Assert.That(await Notes(), Is.EqualTo(new[] { "well again" }));
    }

    private static async Task CommitUnless(bool failing, Db.Transaction transaction)
    {
        if (!failing)
        {
            await transaction.Commit(CancellationToken.None);
        }
    }

    private Task<int> Add(string text) => _db.Of(Org).Execute(AddSql, new { Text = text }, CancellationToken.None);

    private Task<IReadOnlyList<string>> Notes() => _db.Of(Org).List<string>(ListSql, args: null, CancellationToken.None);

    private sealed record Named(string Text);
}
