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

    private NpgsqlConnectionStringBuilder _address = null!;
    private NpgsqlDataSource _database = null!;
    private Db _db = null!;

    [SetUp]
    public async Task Start()
    {
        _address = await TestPostgres.CreateEmptyDatabase();
        _database = NpgsqlDataSource.Create(_address);
        _db = new Db(_database);
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync(CreateSql);
    }

    [TearDown]
    public async Task Stop()
    {
        // Null where there is no empty database to be had, and the test is skipped.
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

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

    [Test]
    public async Task A_deferred_statement_goes_with_the_next_one_and_is_seen_by_it()
    {
        await using var command = await _db.Begin(CancellationToken.None);
        using var trips = new RoundTrips();
        _db.Of(Org).Defer(AddSql, new { Text = "a" });
        _db.AcrossOrgs.Defer("SELECT pg_notify('nobody', @Text)", new { Text = "x" });
        _db.Of(Org).Defer(AddSql, new { Text = "b" });
        Assert.That(trips.Count, Is.Zero);

        Assert.That(await Notes(), Is.EqualTo(new[] { "a", "b" }), "the rows of the asked statement, not those of a deferred one");
        Assert.That(trips.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Deferred_statements_go_with_the_commit_or_not_at_all([Values] bool committed)
    {
        using var trips = new RoundTrips();
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            _db.Of(Org).Defer(AddSql, new { Text = "a" });
            _db.Of(Org).Defer(AddSql, new { Text = "b" });
            await CommitUnless(!committed, command);
        }

        Assert.That(trips.Count, Is.EqualTo(committed ? 1 : 0));
        Assert.That(await Notes(), Is.EqualTo(committed ? new[] { "a", "b" } : []));
    }

    [Test]
    public async Task When_one_of_the_statements_that_travel_together_fails_none_stays([Values] bool begun)
    {
        await Add("taken");
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            if (begun)
            {
                await Add("a");
            }

            _db.Of(Org).Defer(AddSql, new { Text = "b" });
            _db.Of(Org).Defer(AddSql, new { Text = "taken" });
            Assert.That(() => command.Commit(CancellationToken.None), Throws.TypeOf<PostgresException>());
        }

        Assert.That(await Notes(), Is.EqualTo(new[] { "taken" }));
    }

    [Test(Description = "M12: whichever statement of a batch fails, its error is the one that is told, and nothing of the batch stays")]
    public async Task An_error_at_each_position_of_a_batch_is_told_and_undoes_all([Values(0, 1, 2, 3, 4)] int failing, [Values] bool begun)
    {
        await Add("taken");
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            if (begun)
            {
                await Add("begun");
            }

            for (var position = 0; position < 5; position++)
            {
                _db.Of(Org).Defer(AddSql, new { Text = position == failing ? "taken" : $"at {position}" });
            }

            Assert.That(
                () => command.Commit(CancellationToken.None),
                Throws.TypeOf<PostgresException>().With.Property("ConstraintName").EqualTo("notes_text_key"));
        }

        Assert.That(await Notes(), Is.EqualTo(new[] { "taken" }));
        await Add("and the connection is good");
    }

    [Test(Description = "M12: a large argument behind a large answer: neither side waits for the other to read")]
    public async Task Ten_megabytes_behind_a_large_answer_travel_in_one_batch()
    {
        const string LargeSql = "SELECT repeat(md5(i::text), 32768) FROM generate_series(1, 20) AS i";
        const string KeepSql = "INSERT INTO blobs (org_id, content) VALUES (@OrgId, @Content)";
        const string LengthSql = "SELECT length(content) FROM blobs WHERE org_id = @OrgId";
        await using (var connection = await _database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("CREATE TABLE blobs (org_id uuid NOT NULL, content bytea NOT NULL)");
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using (var command = await _db.Begin(limit.Token))
        {
            _db.AcrossOrgs.Defer(LargeSql, args: null);
            _db.Of(Org).Defer(KeepSql, new { Content = new byte[10 * 1024 * 1024] });
            _db.AcrossOrgs.Defer(LargeSql, args: null);
            await command.Commit(limit.Token);
        }

        Assert.That(await _db.Of(Org).Find<int>(LengthSql, args: null, limit.Token), Is.EqualTo(10 * 1024 * 1024));
    }

    [Test(Description = "M13: a prepared statement whose result has another type after a migration is run once more")]
    public async Task A_plan_from_before_a_migration_is_made_anew()
    {
        const string AnySql = "SELECT text FROM notes WHERE org_id = @OrgId";
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_address.ConnectionString)
        {
            MaxAutoPrepare = 10,
            AutoPrepareMinUsages = 1,
            MaxPoolSize = 1,
        });
        var db = new Db(source);
        await db.Of(Org).Execute(AddSql, new { Text = "a" }, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            await db.Of(Org).List<string>(AnySql, args: null, CancellationToken.None);
        }

        await using (var connection = await _database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("ALTER TABLE notes ALTER COLUMN text TYPE varchar(100)");
        }

        Assert.That(await db.Of(Org).List<string>(AnySql, args: null, CancellationToken.None), Is.EqualTo(new[] { "a" }));

        for (var i = 0; i < 3; i++)
        {
            await db.Of(Org).List<string>(AnySql, args: null, CancellationToken.None);
        }

        await using (var connection = await _database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("ALTER TABLE notes ALTER COLUMN text TYPE text");
        }

        Func<Task> inCommand = async () =>
        {
            await using var command = await db.Begin(CancellationToken.None);
            await db.Of(Org).List<string>(AnySql, args: null, CancellationToken.None);
        };
        Assert.That(
            inCommand, Throws.TypeOf<PostgresException>().With.Matches<PostgresException>(lost => DatabaseErrors.IsUnavailable(lost!)),
            "a command is lost, and its caller is told to come again");
        Assert.That(inCommand, Throws.Nothing);
    }

    [Test]
    public async Task A_nested_command_that_failed_takes_its_deferred_statements_with_it([Values] bool sent)
    {
        using var trips = new RoundTrips();
        await using (var command = await _db.Begin(CancellationToken.None))
        {
            _db.Of(Org).Defer(AddSql, new { Text = "a" });
            await using (await _db.Begin(CancellationToken.None))
            {
                _db.Of(Org).Defer(AddSql, new { Text = "b" });
                if (sent)
                {
                    await Add("c");
                }

                _db.Of(Org).Defer(AddSql, new { Text = "d" });
            }

            _db.Of(Org).Defer(AddSql, new { Text = "e" });
            await command.Commit(CancellationToken.None);
        }

        Assert.That(trips.Count, Is.EqualTo(sent ? 2 : 1));
        Assert.That(await Notes(), Is.EqualTo(new[] { "a", "e" }));
    }

    [Test]
    public async Task Nothing_follows_a_commit_and_nothing_is_deferred_outside_of_a_transaction()
    {
        Assert.That(() => _db.Of(Org).Defer(AddSql, new { Text = "a" }), Throws.InvalidOperationException);
        await using var command = await _db.Begin(CancellationToken.None);
        await Add("a");
        await command.Commit(CancellationToken.None);

        Assert.That(() => Add("b"), Throws.InvalidOperationException);
        Assert.That(_db.InTransaction, Is.False);
    }

    [Test]
    public async Task A_row_fills_a_record_within_a_record_and_what_must_be_converted_is_left_to_Dapper()
    {
        var whole = await _db.AcrossOrgs.Find<Whole>(
            "SELECT 1 AS number, ARRAY['a', 'b'] AS some_words, NULL::uuid AS id, NULL::text AS word, true AS is_last",
            args: null,
            CancellationToken.None);
        var day = await _db.AcrossOrgs.Find<Converted>("SELECT 2::bigint AS day", args: null, CancellationToken.None);

        Assert.That((whole!.Part.Number, whole.Part.SomeWords, whole.Part.Id, whole.Word, whole.IsLast),
            Is.EqualTo((1, new[] { "a", "b" }, (Guid?)null, (string?)null, true)));
        Assert.That(day!.Day, Is.EqualTo(DayOfWeek.Tuesday));
        Assert.That(await _db.AcrossOrgs.Find<long?>("SELECT NULL::bigint", args: null, CancellationToken.None), Is.Null);
        Assert.That(await _db.AcrossOrgs.Find<bool>("SELECT true WHERE false", args: null, CancellationToken.None), Is.False);
    }

    [Test]
    public async Task A_statement_has_one_plan_for_all_arguments_unless_a_condition_may_be_absent()
    {
        await using var gateway = ConnectionText.Open(
            new NpgsqlConnectionStringBuilder(_address.ConnectionString) { MaxPoolSize = 1 });
        var db = new Db(gateway);
        const string FilteredSql = "SELECT text FROM notes WHERE org_id = @OrgId AND (@Text::text IS NULL OR text = @Text)";
        await Add("a");
        for (var call = 0; call < 4; call++)
        {
            var text = call % 2 == 0 ? "a" : null;
            Assert.That(await db.Of(Org).List<string>(FilteredSql, new { Text = text }, CancellationToken.None), Is.EqualTo(new[] { "a" }));
            Assert.That(await db.Of(Org).List<string>(ListSql, args: null, CancellationToken.None), Is.EqualTo(new[] { "a" }));
        }

        const string PlansSql = """
            SELECT (custom_plans > 0)::text || ' ' || (generic_plans > 0)::text
            FROM pg_prepared_statements
            WHERE statement LIKE 'SELECT text FROM notes%'
            ORDER BY statement LIKE '%IS NULL OR%'
            """;
        var plans = await db.AcrossOrgs.List<string>(PlansSql, args: null, CancellationToken.None);
        Assert.That(plans, Is.EqualTo(new[] { "false true", "true false" }));
    }

    [Test]
    public async Task Arguments_that_are_null_have_a_type()
    {
        var sql = "SELECT (@Text IS NULL AND @Id IS NULL AND @Number IS NULL AND @Time IS NULL AND @Words IS NULL AND @Bytes IS NULL)";
        var none = new { Text = (string?)null, Id = (Guid?)null, Number = (long?)null, Time = (DateTime?)null, Words = (string[]?)null,
            Bytes = (byte[]?)null };

        Assert.That(await _db.AcrossOrgs.Find<bool>(sql, none, CancellationToken.None), Is.True);
    }

    [Test]
    public void An_argument_that_is_missing_is_told_by_name() => Assert.That(
        () => _db.Of(Org).Execute(AddSql, new { Other = "a" }, CancellationToken.None),
        Throws.InvalidOperationException.With.Message.Contains("Text"));

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

    private sealed record Part(int Number, string[] SomeWords, Guid? Id)
    {
        public Part(int number, string[] someWords, Guid? id, string? other)
            : this(number, someWords, id) => Other = other;

        public string? Other { get; }
    }

    private sealed record Whole(Part Part, string? Word, bool IsLast);

    private sealed class Converted
    {
        public DayOfWeek Day { get; init; }
    }
}
