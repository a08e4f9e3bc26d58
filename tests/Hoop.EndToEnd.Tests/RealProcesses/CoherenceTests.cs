using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// Three gateway processes on one database, tokens that come and go, and processes and sessions that die, freeze and are cut. The history
/// is checked: no request that began after a revocation had been answered was honoured.
/// </summary>
[NonParallelizable]
internal sealed class CoherenceTests : IDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;

    private static readonly (string, string)[] Settings =
    [
        ("HOOP_ADMIN_TOKEN", "coherence-admin-token-0123456789"),
        ("HOOP_ENCRYPTION_KEY", TestGateway.EncryptionKey),
        ("HOOP_LOG_LEVEL", "warning"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-coherence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task No_gateway_honours_a_token_after_its_revocation_was_answered_whatever_happens_to_the_others()
    {
        var seconds = int.TryParse(
            Environment.GetEnvironmentVariable("HOOP_TEST_COHERENCE_SECONDS"), CultureInfo.InvariantCulture, out var asked) ? asked : 20;
        var database = await TestPostgres.CreateEmptyDatabase();
        await using var first = await Start("a", database);
        await using var second = await Start("b", database);
        var third = await Start("c", database);
        var history = new History();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            var gateways = new List<Uri> { first.Address, second.Address, third.Address };
            var working = Task.WhenAll(
                [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => Revoke(history, [first.Address, second.Address], stop.Token))),
                .. Enumerable.Range(0, 6).Select(_ => Task.Run(() => Read(history, gateways, stop.Token)))]);
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                switch (round % 4)
                {
                    case 0:
                        await second.Process.Signal(Stop);
                        await Pause(4, stop.Token);
                        await second.Process.Signal(Continue);
                        break;
                    case 1:
                        await Sql(
                            database,
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN hoop_memory%' OR query LIKE '%hoop.gateways%' AND pid <> pg_backend_pid()");
                        break;
                    case 2:
                        await third.Process.Signal(Stop);
                        await Pause(1, stop.Token);
                        await third.Process.Signal(ChildProcess.SigKill);
                        await third.DisposeAsync();
                        third = await Start("c", database);
                        lock (gateways)
                        {
                            gateways[2] = third.Address;
                        }

                        break;
                    default:
                        await Sql(
                            database,
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'hoop%' AND pid <> pg_backend_pid()");
                        break;
                }

                await Pause(1, stop.Token);
            }

            await working;
        }
        finally
        {
            await second.Process.Signal(Continue);
            await third.DisposeAsync();
        }

        TestContext.Out.WriteLine(history.Report());
        Assert.Multiple(() =>
        {
            Assert.That(history.Violations, Is.Empty);
            Assert.That(history.Revoked, Is.GreaterThan(5), "too few revocations to show anything");
            Assert.That(history.Honoured, Is.GreaterThan(100), "too few answers to show anything");
        });
    }

    [Test]
    public async Task What_was_changed_with_SQL_counts_when_forget_has_said_so()
    {
        var database = await TestPostgres.CreateEmptyDatabase();
        await using var gateway = await Start("a", database);
        var made = await gateway.Operator.Post("/api/api-tokens", new { name = "robot" });
        using var robot = As(gateway.Address, made.Text("token")!);
        await Eventually.True(async () => (await robot.Get("/api/userinfo")).Status == HttpStatusCode.OK, "the token does not work");

        await Sql(database, "DELETE FROM identity.api_tokens WHERE name = 'robot'");
        Directory.CreateDirectory(Path.Combine(_folder, "forget"));
        await using var forget = RunningGateway.Launch(Path.Combine(_folder, "forget"), database, Settings, "forget");
        var code = await forget.Ended();

        Assert.Multiple(async () =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(forget.Output[^1], Is.EqualTo("every running gateway has forgotten what it remembered"));
            Assert.That((await robot.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        });
    }

    private static async Task Revoke(History history, Uri[] gateways, CancellationToken stop)
    {
        using var admins = new Clients("coherence-admin-token-0123456789", gateways);
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            try
            {
                var made = await admins.Next().Post("/api/api-tokens", new { name = $"token-{Guid.NewGuid()}" });
                if (made.Status != HttpStatusCode.Created)
                {
                    continue;
                }

                var token = new Token(made.Text("token")!);
                history.Live.Enqueue(token);
                await Pause(0.2, stop);
                var began = Stopwatch.GetTimestamp();
                var answer = await admins.Next().Delete($"/api/api-tokens/{made.Text("id")}");

                // A repeated call that finds nothing left to do has answered as well.
                if (answer.Status is HttpStatusCode.NoContent or HttpStatusCode.NotFound)
                {
                    token.RevokedAt = Stopwatch.GetTimestamp();
                    history.Answered(Stopwatch.GetElapsedTime(began));
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
            {
                // The gateway was frozen or its answer was lost: then nothing was promised.
            }
        }
    }

    private static async Task Read(History history, List<Uri> gateways, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        while (!stop.IsCancellationRequested)
        {
            Uri[] now;
            lock (gateways)
            {
                now = [.. gateways];
            }

            foreach (var token in history.Recent())
            {
                var gateway = now[Random.Shared.Next(now.Length)];
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/api/userinfo"));
                request.Headers.Authorization = new("Bearer", token.Text);
                var (began, revokedAt) = (Stopwatch.GetTimestamp(), token.RevokedAt);
                try
                {
                    using var answer = await http.SendAsync(request, stop);
                    history.Saw(token, gateway, answer.StatusCode, began, revokedAt);
                }
                catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
                {
                    // Frozen, killed, or the end of the test.
                }
            }

            await Task.Yield();
        }
    }

    private static HttpClient As(Uri address, string token)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(15) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    private static Task Pause(double seconds, CancellationToken stop) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), stop).ContinueWith(_ => { }, TaskScheduler.Default);

    private static async Task Sql(NpgsqlConnectionStringBuilder database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
#pragma warning disable CA2100 // The statements are constants of this test.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private async Task<RunningGateway> Start(string name, NpgsqlConnectionStringBuilder database)
    {
        var folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(folder);
        return await RunningGateway.Start(folder, database, Settings);
    }

    private sealed class Token(string text)
    {
        private long _revokedAt = long.MaxValue;

        public string Text => text;

        /// <summary>When the answer to its revocation was here.</summary>
        public long RevokedAt
        {
            get => Volatile.Read(ref _revokedAt);
            set => Volatile.Write(ref _revokedAt, value);
        }
    }

    private sealed class Clients(string token, Uri[] gateways) : IDisposable
    {
        private readonly HttpClient[] _clients = [.. gateways.Select(gateway => As(gateway, token))];

        public HttpClient Next() => _clients[Random.Shared.Next(_clients.Length)];

        public void Dispose()
        {
            foreach (var client in _clients)
            {
                client.Dispose();
            }
        }
    }

    private sealed class History
    {
        private readonly ConcurrentQueue<double> _waits = new();
        private int _honoured;
        private int _refused;

        public ConcurrentQueue<Token> Live { get; } = new();

        public ConcurrentQueue<string> Violations { get; } = new();

        public int Honoured => Volatile.Read(ref _honoured);

        public int Revoked => _waits.Count;

        public void Answered(TimeSpan wait) => _waits.Enqueue(wait.TotalMilliseconds);

        public IReadOnlyList<Token> Recent()
        {
            while (Live.Count > 30 && Live.TryDequeue(out _))
            {
            }

            return [.. Live];
        }

        public void Saw(Token token, Uri gateway, HttpStatusCode status, long began, long revokedAt)
        {
            if (status != HttpStatusCode.OK)
            {
                Interlocked.Increment(ref _refused);
                return;
            }

            Interlocked.Increment(ref _honoured);
            if (began > revokedAt)
            {
                Violations.Enqueue(
                    $"{gateway} honoured a token {Stopwatch.GetElapsedTime(revokedAt, began).TotalMilliseconds:0.0} ms after its revocation was answered");
            }
        }

        public string Report()
        {
            var waits = _waits.Order().ToArray();
            return waits.Length == 0
                ? "no revocation was answered"
                : $"{waits.Length} revocations (median {waits[waits.Length / 2]:0} ms, longest {waits[^1]:0} ms), {_honoured} answers honoured, {_refused} refused";
        }
    }
}
