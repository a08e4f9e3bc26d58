using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Callers;

/// <summary>A request carries one credential, and it is read once.</summary>
public sealed class PresentedCredentialTests : IdentityFixture
{
    private const string Good = TestGateway.AdminToken;

    [TestCase("Bearer " + Good)]
    [TestCase("bearer " + Good)]
    [TestCase("BEARER " + Good)]
    public async Task The_scheme_is_written_in_any_case(string authorization) =>
        Assert.That((await Ask("/api/userinfo", ("Authorization", authorization))).Status, Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task Vaults_header_is_taken_on_every_surface() =>
        Assert.That((await Ask("/api/userinfo", ("X-Vault-Token", Good))).Status, Is.EqualTo(HttpStatusCode.OK));

    private static readonly (string, string)[][] Refused =
    [
        [("Authorization", "Bearer " + Good), ("X-Vault-Token", Good)],
        [("Authorization", "Bearer " + Good), ("X-Vault-Token", "other")],
        [("Authorization", "Bearer other"), ("X-Vault-Token", Good)],
        [("Authorization", "Bearer " + Good), ("X-Vault-Token", "")],
        [("Authorization", "Bearer " + Good), ("Authorization", "Bearer " + Good)],
        [("Authorization", "Basic abc"), ("Authorization", "Bearer " + Good)],
        [("Authorization", "Basic abc"), ("X-Vault-Token", Good)],
        [("X-Vault-Token", Good), ("X-Vault-Token", Good)],
        [("Authorization", $"Bearer {Good}, Bearer {Good}")],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer  " + Good)],
        [("Authorization", "Bearer\t" + Good)],
        [("Authorization", Good)],
        [("Authorization", "Basic " + Good)],
        [("X-Vault-Token", "Bearer " + Good)],
    ];

    [TestCaseSource(nameof(Refused))]
    public async Task Two_credentials_or_none_that_can_be_read_are_refused((string, string)[] headers)
    {
        var reply = await Ask("/api/userinfo", headers);

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "access_denied")));
        Assert.That(
            (await Ask("/v1/identity/entity/id?list=true", headers)).Status, Is.EqualTo(HttpStatusCode.Forbidden), "as Vault says it");
        Assert.That(
            (await Ask("/api/agents/channel/negotiate", headers)).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.MethodNotAllowed).Or.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Whoever_sent_no_token_is_told_so_and_whoever_sent_a_bad_one_too()
    {
        var none = await Gateway.Anonymous.Get("/api/userinfo");
        var bad = await Ask("/api/userinfo", ("Authorization", "Bearer nobody"));

        Assert.That((none.Message, Challenge(none)), Is.EqualTo(("access denied: no token was sent", "Bearer")));
        Assert.That(
            (bad.Message, Challenge(bad)),
            Is.EqualTo(("access denied: the token was not accepted", "Bearer error=\"invalid_token\"")),
            "RFC 6750 section 3.1");

        static string Challenge(Reply reply) => reply.Response.Headers.WwwAuthenticate.ToString();
    }

    [Test]
    public async Task Whoever_may_not_is_told_the_role_that_is_needed()
    {
        Assert.That(
            (await Standard.Get("/api/api-tokens")).Message,
            Does.StartWith("access denied: this needs the role ").And.EndsWith("; you have the role standard"));
        Assert.That(
            (await Auditor.Post("/api/api-tokens", new { name = "x" })).Message,
            Does.Contain("the role admin (the group admin); you have the role auditor"));
        Assert.That((await Standard.Get("/api/audit/logs")).Message, Does.Contain("the role auditor or admin"));
        Assert.That((await Admin.Get("/api/orgs")).Message, Does.Contain("the operator's bootstrap admin token"));
    }

    private async Task<Reply> Ask(string path, params (string Name, string Value)[] headers)
    {
        // One connection for each, written by hand: HttpClient joins the values of a header.
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(Gateway.Address.Host, Gateway.Address.Port);
        await using var stream = tcp.GetStream();
        var text = $"GET {path} HTTP/1.1\r\nHost: {Gateway.Address.Authority}\r\nConnection: close\r\n{string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"))}\r\n";
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        var head = answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n");
        var response = new HttpResponseMessage(
            (HttpStatusCode)int.Parse(head[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
        foreach (var line in head.Skip(1).Where(line => line.StartsWith("WWW-Authenticate:", StringComparison.OrdinalIgnoreCase)))
        {
            response.Headers.TryAddWithoutValidation("WWW-Authenticate", line[17..].Trim());
        }

        var (from, to) = (answer.IndexOf('{', StringComparison.Ordinal), answer.LastIndexOf('}'));
        return new Reply(
            response.StatusCode, from < 0 ? default : System.Text.Json.JsonDocument.Parse(answer[from..(to + 1)]).RootElement, response);
    }
}
