using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Errors;

/// <summary>The charset that a Content-Type names: the framework fails on some, and would read others as other text.</summary>
public sealed class BodyCharsetTests
{
    private TestGateway _gateway = null!;
    private int _names;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [TestCase("utf-7", Description = "switched off in .NET: an internal error, also for strangers at the open doors")]
    [TestCase("utf-16")]
    [TestCase("iso-8859-1")]
    [TestCase("no-such")]
    [TestCase("\"utf-7\"")]
    [TestCase("utf-8; charset=utf-7")]
    [TestCase("\"")]
    public async Task Another_charset_than_utf8_is_refused_at_every_door(string charset)
    {
        var answers = new[]
        {
            await Send("/api/agents", "application/json", charset, "{}"),
            await Send("/api/signin", "application/json", charset, "{}"),
            await Send("/api/federation/token", "application/x-www-form-urlencoded", charset, "grant_type=x"),
        };

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answers.Select(answer => answer.Text), Is.All.Contains("the charset of a body must be utf-8"));
    }

    [TestCase("utf-8")]
    [TestCase("UTF-8")]
    [TestCase("\"utf-8\"")]
    public async Task Utf8_is_taken_however_it_is_written(string charset)
    {
        var made = await Send("/api/agents", "application/json", charset, $$"""{"name":"agent-{{Interlocked.Increment(ref _names)}}"}""");

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Text);
    }

    [TestCase("utf-7")]
    [TestCase("iso-8859-1")]
    public async Task Vaults_dialect_does_not_look_at_it(string charset)
    {
        var name = $"entity-{Interlocked.Increment(ref _names)}";
        var made = await Send("/v1/identity/entity", "application/json", charset, $$"""{"name":"{{name}}"}""");

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.OK), made.Text);
    }

    private async Task<(HttpStatusCode Status, string Text)> Send(string path, string type, string charset, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway.Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminToken);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", $"{type}; charset={charset}");
        using var answer = await _gateway.Anonymous.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
