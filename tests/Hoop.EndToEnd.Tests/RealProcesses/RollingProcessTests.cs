using System.Collections.Concurrent;
using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// An upgrade by one version and back with processes, under traffic: a load balancer that only asks who is ready, and clients that count
/// whatever fails.
/// </summary>
[NonParallelizable]
[Description("B3, U7, M13")]
internal sealed class RollingProcessTests : IDisposable
{
    private const string AdminToken = "rolling-admin-token-0123456789";

    private static readonly (string, string)[] Settings =
    [
        ("HOOP_ADMIN_TOKEN", AdminToken),
        ("HOOP_ENCRYPTION_KEY", TestGateway.EncryptionKey),
        ("HOOP_LOG_LEVEL", "warning"),

        // The traffic is as fast as the machine.
        ("HOOP_QUOTA_API_TOKENS", "1000000"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-rolling-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task No_request_fails_while_gateways_are_replaced_by_a_newer_version_and_back()
    {
        var database = await TestPostgres.CreateEmptyDatabase();
        await using var old = await RunningGateway.Start(Folder("old"), database, Settings);
        await using var traffic = new Traffic(old.Address);

        // Statements are planned once and kept from the fifth time on (M13: a kept plan must survive the newer schema).
        await traffic.Answers(300);
        await using (var next = await RunningGateway.StartNext(Folder("next"), database, Settings))
        {
            traffic.Serve(old.Address, next.Address);
            await Eventually.True(
                async () => (await Ready(old)).Migrations == "degraded", "the old gateway does not say that its schema is newer");
            Assert.That((await Ready(old)).Code, Is.EqualTo(HttpStatusCode.OK), "degraded is no reason to take it out");
            Assert.That((await Ready(next)), Is.EqualTo((HttpStatusCode.OK, "ok")));
            await traffic.Answers(600);
            await TakesAccessAway(from: old, on: next);
            await TakesAccessAway(from: next, on: old);

            // Back again: the newer one goes, and what is started now is of the older version, on the newer schema.
            traffic.Serve(old.Address);
            await traffic.Answers(100);
            await next.Process.Signal(ChildProcess.SigTerm);
            Assert.That(await next.Process.Ended(), Is.Zero);
        }

        await using var again = await RunningGateway.Start(Folder("again"), database, Settings);
        Assert.That((await Ready(again)).Code, Is.EqualTo(HttpStatusCode.OK));
        traffic.Serve(old.Address, again.Address);
        await traffic.Answers(300);
        traffic.Serve(again.Address);
        await traffic.Answers(100);
        await old.Process.Signal(ChildProcess.SigTerm);
        Assert.That(await old.Process.Ended(), Is.Zero);
        await traffic.Answers(100);

        TestContext.Out.WriteLine($"{traffic.Count} answers, {traffic.Failures.Count} failures");
        Assert.That(traffic.Failures, Is.Empty);
    }

    private static async Task TakesAccessAway(RunningGateway from, RunningGateway on)
    {
        var made = await from.Operator.Post("/api/api-tokens", new { name = $"leaving-{Guid.NewGuid():N}" });
        using var client = Client(on.Address, made.Text("token")!);
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await from.Operator.Delete($"/api/api-tokens/{made.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static async Task<(HttpStatusCode Code, string Migrations)> Ready(RunningGateway gateway)
    {
        var reply = await gateway.Operator.Get("/healthz/ready");
        return (reply.Status, reply["checks"].GetProperty("migrations").GetProperty("status").GetString()!);
    }

    private static HttpClient Client(Uri address, string token)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = ChildProcess.Limit };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>Clients that read and write, each at one of the gateways that serve now.</summary>
    private sealed class Traffic : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<Uri, HttpClient> _clients = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task[] _working;
        private volatile Uri[] _serving;
        private long _count;

        public Traffic(Uri first)
        {
            _serving = [first];
            _working = [.. Enumerable.Range(0, 4).Select(worker => Task.Run(() => Work(worker)))];
        }

        public ConcurrentQueue<string> Failures { get; } = new();

        public long Count => Interlocked.Read(ref _count);

        public void Serve(params Uri[] gateways) => _serving = gateways;

        /// <summary>Waits for so many more answers.</summary>
        public async Task Answers(int more)
        {
            var until = Count + more;
            await Eventually.True(() => Task.FromResult(Count >= until || !Failures.IsEmpty), "there are no answers", ChildProcess.Limit);
            Assert.That(Failures, Is.Empty);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_working);
            _stop.Dispose();
            foreach (var client in _clients.Values)
            {
                client.Dispose();
            }
        }

        private async Task Work(int worker)
        {
            for (var turn = 0; !_stop.IsCancellationRequested; turn++)
            {
                var serving = _serving;
                var address = serving[(worker + turn) % serving.Length];
                var client = _clients.GetOrAdd(address, one => Client(one, AdminToken));
                var what = (turn % 5) switch
                {
                    0 => "POST /api/orgs",
                    1 => "POST /v1/identity/entity",
                    2 => "POST /api/api-tokens",
                    3 => "GET /api/agents",
                    _ => "GET /api/userinfo",
                };
                try
                {
                    var (path, name) = (what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..], $"t-{Guid.NewGuid():N}");
                    var reply = what.StartsWith("GET", StringComparison.Ordinal)
                        ? await client.Get(path)
                        : await client.Post(path, new { name });
                    if (!reply.Response.IsSuccessStatusCode)
                    {
                        Failures.Enqueue($"{what}: {(int)reply.Status} {reply.Body}");
                    }
                }
                catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
                {
                    Failures.Enqueue($"{what}: {exception.Message}");
                }

                Interlocked.Increment(ref _count);
            }
        }
    }
}
