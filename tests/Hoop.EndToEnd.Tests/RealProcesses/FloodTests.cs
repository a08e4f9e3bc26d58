using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>All floods at once upon a gateway with a small heap: it goes on serving, and stays small.</summary>
[NonParallelizable]
internal sealed class FloodTests
{
    private const int HalfOpen = 1_500;
    private const int Tokens = 3_000;
    private const int Svids = 1_500;
    private const int Bodies = 150;
    private const long MostKilobytes = 400 * 1024;

    private static readonly byte[] Megabyte = Encoding.ASCII.GetBytes("{\"name\":\"" + new string('x', 1_000_000) + "\"}");

    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromMinutes(1),
    };

    [Test]
    [Description("Bad tokens, ever new good ones, large bodies and half-open connections, together")]
    public async Task A_gateway_under_all_floods_together_stays_under_400_megabytes_and_serves()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-flood-").FullName;
        await using var issuer = await SpiffeIssuerStandIn.Start("flood.test");
        await using var database = await TestPostgres.CreateDatabase();
        var halfOpen = new List<Socket>();
        try
        {
            await using var gateway = await RunningGateway.Start(
                folder,
                database.Connection,
                ("DOTNET_GCHeapHardLimit", "0x10000000"),
                ("HOOP_LOG_LEVEL", "error"),
                ("HOOP_SPIFFE_MODE", "enforce"),
                ("HOOP_SPIFFE_TRUST_DOMAIN", "flood.test"),
                ("HOOP_SPIFFE_BUNDLE_JWKS", issuer.Bundle()));
            var agent = await gateway.Operator.Post("/api/agents", new { name = "flooded" });
            await gateway.Operator.Post(
                "/api/spiffe-mappings",
                new { trust_domain = "flood.test", spiffe_prefix = "spiffe://flood.test/", agent_id = agent.Text("id") });
            await Hold(gateway.Address, halfOpen);

            var floods = Task.WhenAll(
                Each(Tokens, i => Ask(gateway.Address, $"hpk_{i:D40}")),
                Each(Tokens, i => Ask(gateway.Address, Jwt(i))),
                Each(Svids, i => Ask(gateway.Address, issuer.MintSvid($"spiffe://flood.test/{i}", "hoop-gateway"))),
                Each(Bodies, _ => Send(gateway, "/api/agents", "application/json")),
                Each(Bodies, _ => Send(gateway, "/v1/identity/entity", "application/json")),
                Each(Bodies, _ => Send(gateway, "/api/spiffe-mappings/import", "application/x-ndjson")));
            var served = 0;
            while (!floods.IsCompleted)
            {
                Assert.That((int)(await gateway.Operator.Get("/api/userinfo")).Status, Is.EqualTo(200));
                served++;
            }

            await floods;
            var peak = gateway.Process.Peak;
            TestContext.Out.WriteLine($"{peak / 1024} MB at most, {served} answers meanwhile");
            Assert.Multiple(() =>
            {
                Assert.That(peak, Is.LessThan(MostKilobytes));
                Assert.That(served, Is.GreaterThan(5), "nobody was served");
                Assert.That(gateway.Process.Output.Concat(gateway.Process.Errors), Has.None.Contain("OutOfMemory"));
            });
            Assert.That(await gateway.Process.End(ChildProcess.SigTerm), Is.Zero);
        }
        finally
        {
            halfOpen.ForEach(socket => socket.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task Each(int count, Func<int, Task> one) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) => await one(number));

    // Of the right form, of no key that anybody knows.
    private static string Jwt(int number)
    {
        var claims = $$"""{"iss":"https://nobody.test","sub":"spiffe://flood.test/{{number}}","aud":["hoop-gateway"],"exp":4102444800}""";
        return $"{Encoded("""{"alg":"ES256","kid":"none","typ":"JWT"}""")}.{Encoded(claims)}.{Encoded(new string('s', 64))}";
    }

    private static string Encoded(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static async Task Ask(Uri gateway, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/api/userinfo"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await Answered(request);
    }

    private static async Task Send(RunningGateway gateway, string path, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, path));
        request.Headers.Authorization = gateway.Operator.DefaultRequestHeaders.Authorization;
        request.Content = new ByteArrayContent(Megabyte);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        await Answered(request);
    }

    private static async Task Answered(HttpRequestMessage request)
    {
        try
        {
            using var response = await Client.SendAsync(request);
            Assert.That((int)response.StatusCode, Is.AnyOf(200, 400, 401, 413, 422, 429, 503), await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            // Refused while it was still sending.
        }
    }

    private static async Task Hold(Uri gateway, List<Socket> sockets)
    {
        for (var number = 0; number < HalfOpen; number++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(gateway.Host, gateway.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /api/userinfo HTTP/1.1\r\nHost: half-open\r\nX-Held: "), SocketFlags.None);
        }
    }
}
