using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>Whatever is sent, an answer is never a 5xx, and an error speaks the dialect of its surface.</summary>
public sealed class HostileBodyTests
{
    private Tenants _tenants = null!;
    private Route[] _routes = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _tenants = await Tenants.Start();
        await _tenants.Furnish();
        _routes = [.. _tenants.Routes.Where(route => route.Mutates && route.Method != "*")];
    }

    [OneTimeTearDown]
    public async Task Stop() => await _tenants.DisposeAsync();

    [Test]
    public async Task No_body_makes_a_route_fail()
    {
        Assert.That(_routes, Has.Length.GreaterThan(10));
        Assert.That(_routes.SelectMany(route => route.Members), Has.Some.EqualTo("spiffe_id"), "the bodies were not understood");
        var wrong = new List<string>();
        foreach (var route in _routes)
        {
            foreach (var (name, body) in HostileBodies.For(MembersOf(route)))
            {
                var reply = await Send(route, body, "application/json");
                if (ProblemOf(route, reply) is { } problem)
                {
                    wrong.Add($"{route} with {name}: {problem}");
                }
            }
        }

        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
        Assert.That(_tenants.Gateway.Logs.Lines.Where(line => line.Contains("Unhandled exception", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/json; charset=utf-16")]
    [TestCase("application/json; charset=utf-7")]
    [TestCase("application/x-www-form-urlencoded; charset=utf-7")]
    [TestCase("application/json; charset=no-such")]
    [TestCase("multipart/form-data; boundary=x")]
    [TestCase(null)]
    public async Task No_content_type_makes_a_route_fail(string? contentType)
    {
        foreach (var route in _routes)
        {
            var reply = await Send(route, """{"name":"plain"}"""u8.ToArray(), contentType);
            Assert.That(ProblemOf(route, reply), Is.Null, route.ToString());
        }
    }

    [Test]
    public async Task A_body_above_the_limit_is_413_wherever_a_body_is_read()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { name = new string('x', 2 * 1024 * 1024) });
        Assert.That(_routes.Count(route => route.ReadsBody), Is.GreaterThan(3));
        foreach (var route in _routes.Where(route => route.Method != "DELETE"))
        {
            var reply = await Send(route, body, "application/json");
            Assert.That(ProblemOf(route, reply), Is.Null, route.ToString());
            Assert.That(reply.Status == HttpStatusCode.RequestEntityTooLarge || !route.ReadsBody, $"{route}: {(int)reply.Status}");
        }
    }

    // A body that is read by hand has no type to ask; its sample knows its members.
    private string[] MembersOf(Route route) =>
        [.. route.Members.Concat(_tenants.Samples.MembersFor(route)).Distinct(StringComparer.Ordinal)];

    private static string? ProblemOf(Route route, Reply reply) => (int)reply.Status switch
    {
        >= 500 => $"{(int)reply.Status} {reply.Body}",
        < 400 => null,
        _ when route.IsVault =>
            reply.Body.ValueKind == JsonValueKind.Object
                && reply.Body.TryGetProperty("errors", out var errors)
                && errors.ValueKind == JsonValueKind.Array ? null : $"{(int)reply.Status} without errors: {reply.Body}",
        _ when route.IsOAuth =>
            reply.Body.ValueKind == JsonValueKind.Object && reply.Body.TryGetProperty("error", out _)
                && reply.Body.TryGetProperty("error_description", out _) ? null : $"{(int)reply.Status} without error: {reply.Body}",
        _ => reply is { Message.Length: > 0, Code.Length: > 0 } ? null : $"{(int)reply.Status} without message and code: {reply.Body}",
    };

    private async Task<Reply> Send(Route route, byte[] body, string? contentType)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(route.Method), route.WithUnknown())
        { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);

        // A refused large body need not travel.
        request.Headers.ExpectContinue = body.Length > 1024 * 1024;
        using var response = await _tenants.Gateway.Operator.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType == "application/json" && text.Length > 0
                ? JsonDocument.Parse(text).RootElement
                : default,
            response);
    }
}
