using Hoop.Shared.Memory;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

/// <summary>
/// PostgreSQL has one lock for all commits that notify. Whoever writes rows in such a transaction makes every other writer wait in line.
/// </summary>
public sealed class NotificationLockTests
{
    private const int Writers = 64;

    // The lock of async.c: an object of pg_database without a database.
    private const string HeldSql = """
        SELECT count(*) FILTER (WHERE NOT lock.granted),
               count(*) FILTER (WHERE EXISTS (
                 SELECT FROM pg_locks AS written
                 JOIN pg_class AS c ON c.oid = written.relation
                 JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE written.pid = lock.pid AND written.mode = 'RowExclusiveLock' AND n.nspname NOT IN ('pg_catalog', 'hoop')))
        FROM pg_locks AS lock
        WHERE lock.locktype = 'object' AND lock.classid = 'pg_database'::regclass AND lock.objid = 0
        """;

    [Test(Description = "M1: pg_locks during 64 parallel writers: no transaction that writes notifies")]
    public async Task No_writer_holds_or_waits_for_the_lock_of_notifications()
    {
        await using var gateways = await TwoGateways.Start();
        await gateways.First.Remembers();
        await gateways.Second.Remembers();
        using var stop = new CancellationTokenSource();
        var sampling = Sample(gateways.First.Connection, stop.Token);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var gateway = writer % 2 == 0 ? gateways.First : gateways.Second;
            for (var round = 0; round < 4; round++)
            {
                var made = await gateway.Operator.Post("/api/api-tokens", new { name = $"token-{writer}-{round}" });
                await gateway.Operator.Delete($"/api/api-tokens/{made.Text("id")}");
            }
        })));
        await stop.CancelAsync();
        var (samples, waiting, writing) = await sampling;

        TestContext.Out.WriteLine($"{samples} samples, at most {waiting} waiting");
        Assert.Multiple(() =>
        {
            Assert.That(samples, Is.GreaterThan(50), "too few to show anything");
            Assert.That(writing, Is.Zero, "a transaction that wrote rows held the lock, or waited for it");
            Assert.That(waiting, Is.LessThan(8), "each gateway sends one announcement for many");
        });
    }

    [Test(Description = "M1: the samples find writers that notify")]
    public async Task Writers_that_notify_are_found()
    {
        var database = await TestPostgres.CreateEmptyDatabase();
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 16 });
        await using (var make = source.CreateCommand("CREATE TABLE rows (id int)"))
        {
            await make.ExecuteNonQueryAsync();
        }

        using var stop = new CancellationTokenSource();
        var sampling = Sample(database, stop.Token, untilFound: true);
        var writers = Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await using var batch = source.CreateBatch();
                batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO rows SELECT generate_series(1, 10)"));
                batch.BatchCommands.Add(new NpgsqlBatchCommand("NOTIFY nobody"));
                await batch.ExecuteNonQueryAsync();
            }
        })).ToArray();

        var (_, _, writing) = await sampling.WaitAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.That(writing, Is.Positive);
    }

    [Test(Description = "M1: one gateway alone sends no notification at all; M2: the session that listens is never in a transaction")]
    public async Task A_gateway_that_is_alone_notifies_nobody_and_its_listening_session_is_never_in_a_transaction()
    {
        await using var gateway = await TestGateway.Start();
        await gateway.Remembers();
        await using var listener = new NpgsqlConnection(gateway.Connection.ConnectionString);
        await listener.OpenAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await using (var listen = new NpgsqlCommand($"LISTEN {Announcement.Channel}", listener))
        {
            await listen.ExecuteNonQueryAsync();
        }

        for (var round = 0; round < 20; round++)
        {
            var made = await gateway.Operator.Post("/api/api-tokens", new { name = $"token-{round}" });
            await gateway.Operator.Delete($"/api/api-tokens/{made.Text("id")}");
            var states = await gateway.Query<string>(
                """
                SELECT state || coalesce(' since ' || xact_start, '') FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND query ~ 'hoop\.gateways|LISTEN hoop_memory_|pg_notification_queue_usage'
                """);
            Assert.That(states, Has.Count.GreaterThan(0), "the session that listens was not found");
            Assert.That(states, Has.None.Contains("idle in transaction"));
        }

        await using (var ask = new NpgsqlCommand("SELECT 1", listener))
        {
            await ask.ExecuteScalarAsync();
        }

        Assert.That(heard, Is.Zero);
    }

    [Test(Description = "M2: how full the queue is, as a metric")]
    public async Task The_use_of_the_queue_is_a_metric()
    {
        await using var gateway = await TestGateway.Start();
        await gateway.Remembers();
        double? told = null;
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listen) =>
            {
                if (instrument.Name == "hoop.memory.queue")
                {
                    listen.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => told = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.That(told, Is.InRange(0, 1));
    }

    private static async Task<(int Samples, long Waiting, long Writing)> Sample(
        NpgsqlConnectionStringBuilder database, CancellationToken stop, bool untilFound = false)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(HeldSql, connection);
        await command.PrepareAsync(CancellationToken.None);
        var (samples, waiting, writing) = (0, 0L, 0L);
        while (!stop.IsCancellationRequested && !(untilFound && writing > 0))
        {
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            (samples, waiting, writing) = (samples + 1, Math.Max(waiting, reader.GetInt64(0)), writing + reader.GetInt64(1));
        }

        return (samples, waiting, writing);
    }
}
