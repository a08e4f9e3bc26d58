using System.Net.Http.Headers;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests;

/// <summary>A gateway for the tests of one class, with the callers that a rule about roles and organizations needs.</summary>
public abstract class IdentityFixture
{
    private readonly List<HttpClient> _clients = [];

    protected TestGateway Gateway { get; private set; } = null!;

    /// <summary>Admin of an organization, which is not the operator's.</summary>
    protected HttpClient Admin { get; private set; } = null!;

    protected Guid OrgId { get; private set; }

    /// <summary>Admin of another organization.</summary>
    protected HttpClient Stranger { get; private set; } = null!;

    /// <summary>In the organization of <see cref="Admin"/>, with the auditor group.</summary>
    protected HttpClient Auditor { get; private set; } = null!;

    /// <summary>In the organization of <see cref="Admin"/>, without groups.</summary>
    protected HttpClient Standard { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        Gateway = await TestGateway.Start();
        (OrgId, Admin) = await Gateway.CreateOrganization("acme");
        (_, Stranger) = await Gateway.CreateOrganization("stranger");
        Auditor = await SignIn("the-auditor", "auditor");
        Standard = await SignIn("the-standard");
        _clients.AddRange([Admin, Stranger, Auditor, Standard]);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _clients.ForEach(client => client.Dispose());
        await Gateway.DisposeAsync();
    }

    /// <summary>A new API token in the organization of <see cref="Admin"/>.</summary>
    protected async Task<HttpClient> SignIn(string name, params string[] groups)
    {
        var created = await Admin.Post("/api/api-tokens", new { name, groups });
        var client = Gateway.As(created.Text("token")!);
        _clients.Add(client);
        return client;
    }

    /// <summary>Sends bytes as they are, with any or no Content-Type.</summary>
    protected static async Task<Reply> SendRaw(HttpClient client, HttpMethod method, string path, byte[] body, string? contentType)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply(response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default, response);
    }

    /// <summary>The errors of a <c>/v1</c> answer.</summary>
    protected static string[] ErrorsOf(Reply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return [.. reply["errors"].EnumerateArray().Select(error => error.GetString()!)];
    }
}
