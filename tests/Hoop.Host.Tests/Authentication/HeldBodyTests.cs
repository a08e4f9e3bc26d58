using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Hoop.Host.Authentication;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>Requests whose body is held back, while what let them in is taken away.</summary>
public sealed class HeldBodyTests
{
    private readonly AheadClock _clock = new();
    private TwoGateways _gateways = null!;
    private int _names;

    [OneTimeSetUp]
    public async Task Start() =>
        _gateways = await TwoGateways.Start(services: services => services.AddSingleton<TimeProvider>(_clock));

    [OneTimeTearDown]
    public async Task Stop() => await _gateways.DisposeAsync();

    [Test]
    public async Task A_credential_that_is_revoked_on_any_gateway_while_the_body_is_held_back_does_nothing([Values] bool onTheOther)
    {
        var (id, token) = await ApiToken();
        var name = Fresh();
        await using var slow = await Slow.Begin(_gateways.First, token, "POST", "/api/agents", $$"""{"name":"{{name}}"}""");
        var deleted = await (onTheOther ? _gateways.Second : _gateways.First).Operator.Delete($"/api/api-tokens/{id}");
        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
        _clock.Pass(HeldBodies.AtOnce * 2);

        var (status, text) = await slow.Finish();

        Assert.That((status, text), Is.EqualTo((401, """{"message":"access denied","code":"access_denied"}""")));
        Assert.That((await _gateways.First.Operator.Get($"/api/agents/{name}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_body_that_takes_its_time_and_keeps_its_rights_is_taken()
    {
        var (_, token) = await ApiToken();
        var name = Fresh();
        await using var slow = await Slow.Begin(_gateways.First, token, "POST", "/api/agents", $$"""{"name":"{{name}}"}""");
        _clock.Pass(HeldBodies.Longest / 2);

        Assert.That((await slow.Finish()).Status, Is.EqualTo(201));
        Assert.That((await _gateways.First.Operator.Get($"/api/agents/{name}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_body_that_takes_too_long_is_refused([Values("/api/agents", "/v1/identity/entity")] string path)
    {
        var (_, token) = await ApiToken();
        await using var slow = await Slow.Begin(_gateways.First, token, "POST", path, $$"""{"name":"{{Fresh()}}"}""");
        _clock.Pass(HeldBodies.Longest + TimeSpan.FromSeconds(1));

        var (status, text) = await slow.Finish();

        Assert.That(status, Is.EqualTo(408), text);
        Assert.That(text, Does.Contain("the body took longer than 90 seconds"));
    }

    [Test]
    public async Task An_import_may_take_longer_than_every_other_body_as_long_as_its_credential_holds([Values] bool revoked)
    {
        var (id, token) = await ApiToken();
        var domain = Fresh() + ".test";
        var agent = (await _gateways.First.Operator.Post("/api/agents", new { name = Fresh() })).Text("id");
        await _gateways.First.Operator.Post(
            "/api/trust-domains", new { name = domain, bundle_url = "https://bundles.example.com/held" });
        var lines = string.Concat(Enumerable.Range(0, 3).Select(
            i => $$"""{"trust_domain":"{{domain}}","spiffe_id":"spiffe://{{domain}}/{{i}}","agent_id":"{{agent}}"}""" + "\n"));
        await using var slow = await Slow.Begin(
            _gateways.First, token, "POST", "/api/spiffe-mappings/import", lines, type: "application/x-ndjson");
        _clock.Pass(HeldBodies.Longest * 3);
        if (revoked)
        {
            await _gateways.Second.Operator.Delete($"/api/api-tokens/{id}");
        }

        var (status, text) = await slow.Finish();

        Assert.That(status, Is.EqualTo(revoked ? 401 : 200), text);
        var stored = await _gateways.First.Query<long>(
            "SELECT count(*) FROM spiffe.mappings WHERE trust_domain = @domain", new { domain });
        Assert.That(stored.Single(), Is.EqualTo(revoked ? 0 : 3));
    }

    [Test]
    [Description("theam/facility#383, jbrodriguez/unbalance#149: judged at the handshake alone")]
    public async Task A_session_is_not_opened_by_a_caller_who_was_revoked_between_the_handshake_and_the_first_message(
        [Values("revoked on this gateway", "revoked on the other", "still let in")] string what)
    {
        var (id, token) = await ApiToken();
        var name = Fresh();
        var agent = (await _gateways.First.Operator.Post("/api/agents", new { name })).Text("id");
        await _gateways.First.Operator.Post(
            "/api/connections", new { name, type = "custom", command = new[] { "cat" }, agent_id = agent });
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        await socket.ConnectAsync(new Uri($"ws://{_gateways.First.Address.Authority}/api/sessions/stream"), CancellationToken.None);
        if (what != "still let in")
        {
            var gateway = what == "revoked on the other" ? _gateways.Second : _gateways.First;
            Assert.That((await gateway.Operator.Delete($"/api/api-tokens/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        }

        await socket.SendAsync(
            Encoding.UTF8.GetBytes($$"""{"type":"open","connection":"{{name}}"}"""), WebSocketMessageType.Text, endOfMessage: true,
            CancellationToken.None);
        var buffer = new byte[4096];
        var answer = await socket.ReceiveAsync(buffer, CancellationToken.None);

        using var refused = JsonDocument.Parse(buffer.AsMemory(0, answer.Count));
        Assert.That(
            refused.RootElement.GetProperty("code").GetString(),
            Is.EqualTo(what == "still let in" ? "agent_not_connected" : "access_denied"), refused.RootElement.GetRawText());
        var opened = await _gateways.First.Query<long>(
            "SELECT count(*) FROM federation.sessions WHERE connection_name = @name", new { name });
        Assert.That(opened.Single(), Is.EqualTo(what == "still let in" ? 1 : 0));
    }

    [Test]
    public async Task Policies_of_a_Vault_token_are_asked_again_for_a_held_body()
    {
        var (policy, entity) = (Fresh(), Fresh());
        var admin = _gateways.First.Operator;
        await admin.Put($"/v1/sys/policies/acl/{policy}", new { policy = """path "identity/entity" { capabilities = ["update"] }""" });
        var token = await VaultToken(new { policies = policy });
        await using var slow = await Slow.Begin(_gateways.First, token, "POST", "/v1/identity/entity", $$"""{"name":"{{entity}}"}""");
        await _gateways.Second.Operator.Put(
            $"/v1/sys/policies/acl/{policy}", new { policy = """path "identity/entity" { capabilities = ["deny"] }""" });
        _clock.Pass(HeldBodies.AtOnce * 2);

        var (status, text) = await slow.Finish();

        Assert.That((status, text), Is.EqualTo((403, """{"errors":["permission denied"]}""")));
        Assert.That((await admin.Get($"/v1/identity/entity/name/{entity}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task What_policies_say_of_fields_is_asked_again_for_a_held_body()
    {
        var (policy, entity) = (Fresh(), Fresh());
        var admin = _gateways.First.Operator;
        await admin.Put($"/v1/sys/policies/acl/{policy}", new { policy = """path "identity/entity" { capabilities = ["update"] }""" });
        var token = await VaultToken(new { policies = policy });
        await using var slow = await Slow.Begin(
            _gateways.First, token, "POST", "/v1/identity/entity", $$"""{"name":"{{entity}}","policies":"strong"}""");
        var narrow = """path "identity/entity" { capabilities = ["update"] denied_parameters = { "policies" = ["strong"] } }""";
        await admin.Put($"/v1/sys/policies/acl/{policy}", new { policy = narrow });
        _clock.Pass(HeldBodies.AtOnce * 2);

        Assert.That((await slow.Finish()).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task The_last_use_of_a_token_counts_once_for_a_held_body()
    {
        var token = await VaultToken(new { policies = "root", num_uses = 1 });
        await using var slow = await Slow.Begin(
            _gateways.First, token, "POST", "/v1/identity/entity", $$"""{"name":"{{Fresh()}}"}""");
        _clock.Pass(HeldBodies.AtOnce * 2);

        Assert.That((await slow.Finish()).Status, Is.EqualTo(200));
        using var holder = _gateways.First.As(token);
        Assert.That((await holder.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task The_operator_stays_in_the_organization_that_it_chose()
    {
        var organization = Fresh();
        var (_, admin) = await _gateways.First.CreateOrganization(organization);
        using var client = admin;
        var name = Fresh();
        await using var slow = await Slow.Begin(
            _gateways.First, TestGateway.AdminToken, "POST", "/api/agents", $$"""{"name":"{{name}}"}""",
            $"X-Vault-Namespace: {organization}\r\n");
        _clock.Pass(HeldBodies.AtOnce * 2);

        Assert.That((await slow.Finish()).Status, Is.EqualTo(201));
        Assert.That((await client.Get($"/api/agents/{name}")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _gateways.First.Operator.Get($"/api/agents/{name}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private string Fresh() => $"held-{Interlocked.Increment(ref _names)}";

    private async Task<(string Id, string Token)> ApiToken()
    {
        var made = await _gateways.First.Operator.Post("/api/api-tokens", new { name = Fresh(), groups = new[] { "admin" } });
        return (made.Text("id")!, made.Text("token")!);
    }

    private async Task<string> VaultToken(object body) =>
        (await _gateways.First.Operator.Post("/v1/auth/token/create", body))["auth"].GetProperty("client_token").GetString()!;

    /// <summary>The time of the machine, and what was added to it: everything but the counting of elapsed time goes on as it is.</summary>
    private sealed class AheadClock : TimeProvider
    {
        private long _ahead;

        public void Pass(TimeSpan time) => Interlocked.Add(ref _ahead, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);
    }

    /// <summary>A request whose headers were taken, and whose body is still to come.</summary>
    private sealed class Slow : IAsyncDisposable
    {
        private readonly TcpClient _connection = new();
        private readonly byte[] _body;

        private Slow(string body) => _body = Encoding.UTF8.GetBytes(body);

        public static async Task<Slow> Begin(
            TestGateway gateway, string token, string method, string path, string body, string headers = "",
            string type = "application/json")
        {
            var slow = new Slow(body);
            await slow._connection.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
            var stream = slow._connection.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"{method} {path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {token}\r\n{headers}"
                + $"Content-Type: {type}\r\nContent-Length: {slow._body.Length}\r\nConnection: close\r\n"
                + "Expect: 100-continue\r\n\r\n"));

            // 100 Continue comes when the body is asked for: by then the request was let in.
            var buffer = new byte[256];
            var read = await stream.ReadAsync(buffer);
            Assert.That(Encoding.ASCII.GetString(buffer, 0, read), Does.StartWith("HTTP/1.1 100"));
            return slow;
        }

        public async Task<(int Status, string Text)> Finish()
        {
            var stream = _connection.GetStream();
            await stream.WriteAsync(_body);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync();
            var status = int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture);
            var text = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            return (status, text[Math.Max(0, text.IndexOf('{', StringComparison.Ordinal))..(text.LastIndexOf('}') + 1)]);
        }

        public ValueTask DisposeAsync()
        {
            _connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
