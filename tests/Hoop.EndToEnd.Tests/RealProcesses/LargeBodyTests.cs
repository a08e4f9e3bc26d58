using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// The largest bodies there are, from several callers of several organizations, upon a gateway that nobody gave a limit. A body of 32 MiB
/// once cost 190 MB: 24 callers left a process of 1 GB, after all kinds in turn one of 2.5 GB, and 2 bodies were read. Now all are read,
/// and it peaks at 350 to 370 MB.
/// </summary>
[NonParallelizable]
internal sealed class LargeBodyTests
{
    private const int Callers = 12;
    private const int Bodies = 24;
    private const int Slow = 60;
    private const int HalfOpen = 300;
    private const int Size = 32 * 1024 * 1024;
    private const long MostKilobytes = 400 * 1024;

    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = ChildProcess.Limit,
    };

    private string _folder = null!;

    [OneTimeSetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("hoop-bodies-").FullName;

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    [Description("All kinds of bodies at once, beside half-open connections and bodies that stop")]
    public async Task A_gateway_under_a_flood_of_the_largest_bodies_stays_under_400_megabytes_and_serves()
    {
        var sockets = new List<Socket>();
        await using var database = await TestPostgres.CreateDatabase();
        await using var gateway = await RunningGateway.Start(_folder, database.Connection, ("HOOP_LOG_LEVEL", "error"));
        try
        {
            string[] tokens = [gateway.Operator.DefaultRequestHeaders.Authorization!.Parameter!, await New("one"), await New("two")];
            Hold(gateway.Address, sockets, HalfOpen, "GET /api/userinfo HTTP/1.1\r\nHost: half-open\r\nX-Held: ");
            Hold(gateway.Address, sockets, Slow, $"{Head(tokens[1])}{{\"name\":\"{new string('x', 100 * 1024)}");

            var kinds = Kinds();
            var answers = new ConcurrentBag<(HttpStatusCode Status, TimeSpan? RetryAfter)>();
            var flood = Parallel.ForEachAsync(
                Enumerable.Range(0, Bodies),
                new ParallelOptions { MaxDegreeOfParallelism = Callers },
                async (number, _) =>
                {
                    // At once again, as nobody polite would.
                    (HttpStatusCode Status, TimeSpan? RetryAfter) answer;
                    do
                    {
                        answer = await Send(gateway.Address, tokens[number % tokens.Length], kinds[number % kinds.Length]);
                        answers.Add(answer);
                    }
                    while (answer.Status == HttpStatusCode.ServiceUnavailable);
                });
            var served = 0;
            while (!flood.IsCompleted)
            {
                Assert.That((int)(await gateway.Operator.Get("/api/userinfo")).Status, Is.EqualTo(200));
                Assert.That(
                    (int)(await gateway.Operator.Post("/v1/identity/entity", new { name = $"small-{served}" })).Status, Is.EqualTo(200));
                served++;
            }

            await flood.WaitAsync(ChildProcess.Limit);
            var refused = answers.Where(answer => answer.Status == HttpStatusCode.ServiceUnavailable).ToList();
            TestContext.Out.WriteLine(
                $"{gateway.Process.Peak / 1024} MB at most; {answers.Count - refused.Count} bodies were read, {refused.Count} had no room; "
                + $"{served} rounds of small requests meanwhile");
            Assert.Multiple(() =>
            {
                Assert.That(gateway.Process.Peak, Is.LessThan(MostKilobytes));
                Assert.That(refused, Is.Not.Empty.And.All.Matches<(HttpStatusCode, TimeSpan? RetryAfter)>(
                    answer => answer.RetryAfter == TimeSpan.FromSeconds(1)));
                Assert.That(
                    answers.Except(refused).Select(answer => (int)answer.Status), Is.Not.Empty.And.All.AnyOf(200, 204, 400));
                Assert.That(served, Is.GreaterThan(5), "nobody was served");
            });

            // There is room again, for each of them: the slow ones are gone with their connections.
            sockets.ForEach(socket => socket.Dispose());
            foreach (var (number, token) in tokens.Index())
            {
                await Eventually.True(
                    async () => (await Send(gateway.Address, token, kinds[number])).Status is not HttpStatusCode.ServiceUnavailable,
                    () => "the room of bodies that are gone is still taken");
            }

            Assert.That(gateway.Process.Peak, Is.LessThan(MostKilobytes));
            Assert.That(gateway.Process.Output.Concat(gateway.Process.Errors), Has.None.Contain("OutOfMemory"));
            Assert.That(await gateway.Process.End(ChildProcess.SigTerm), Is.Zero);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        async Task<string> New(string name) => (await gateway.Operator.Post("/api/orgs", new { name })).Text("admin_token")!;
    }

    private static Kind[] Kinds()
    {
        const string Entity = "/v1/identity/entity";
        var (item, value) = ($"\"{new string('y', 64)}\"", new string('v', 120));
        return
        [
            Json(Entity, "{\"name\":\"", Enumerable.Repeat(new string('x', 1000), Size / 1000), "", "\"}"),
            Json("/v1/identity/entity/batch-delete", "{\"entity_ids\":[", Enumerable.Repeat(item, Size / (item.Length + 1)), ",", "]}"),
            Json(Entity, "{\"metadata\":{", Enumerable.Range(0, Size / 135).Select(key => $"\"k{key:D7}\":\"{value}\""), ",", "}}"),
            Json(Entity, "{", Enumerable.Range(0, Size / 135).Select(key => $"\"k{key:D7}\":\"{value}\""), ",", "}"),
            Json(Entity, "{\"policies\":[", Enumerable.Repeat($"\"{new string('p', 1_000_000)}\"", Size / 1_000_003), ",", "]}"),
            Json(Entity, "name=", Enumerable.Repeat("a+", Size / 2), "", "") with { Type = "application/x-www-form-urlencoded" },
        ];

        static Kind Json(string path, string begin, IEnumerable<string> parts, string between, string end)
        {
            var room = Size - begin.Length - end.Length;
            var text = new StringBuilder(begin, Size);
            foreach (var part in parts.TakeWhile(part => (room -= part.Length + between.Length) >= 0))
            {
                text.Append(text.Length == begin.Length ? "" : between).Append(part);
            }

            return new(path, Encoding.ASCII.GetBytes(text.Append(end).ToString()), "application/json");
        }
    }

    private sealed record Kind(string Path, byte[] Body, string Type);

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> Send(Uri gateway, string token, Kind kind)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, kind.Path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = new ByteArrayContent(kind.Body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(kind.Type);
        using var response = await Client.SendAsync(request);
        return (response.StatusCode, response.Headers.RetryAfter?.Delta);
    }

    // Announces the largest body, and does not go on.
    private static string Head(string token) =>
        $"POST /v1/identity/entity HTTP/1.1\r\nHost: slow\r\nAuthorization: Bearer {token}\r\nContent-Length: {Size}\r\n\r\n";

    private static void Hold(Uri gateway, List<Socket> sockets, int count, string text)
    {
        for (var number = 0; number < count; number++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            socket.Connect(gateway.Host, gateway.Port);
            socket.Send(Encoding.ASCII.GetBytes(text));
        }
    }
}
