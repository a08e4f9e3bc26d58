using System.Net.Http.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Logging;

/// <summary>The trace that a request is told by: in its line, in the trail, and in what its client sent.</summary>
public sealed class TraceTests
{
    private const string Theirs = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Test]
    public async Task A_trace_that_the_client_began_goes_on_in_the_trail([Values("information", "warning")] string level)
    {
        await using var gateway = await TestGateway.Start(new() { ["HOOP_LOG_LEVEL"] = level });
        Assert.That(await TraceOfChange(gateway, $"00-{Theirs}-00f067aa0ba902b7-01"), Is.EqualTo(Theirs));
    }

    [Test]
    public async Task Without_one_or_with_nonsense_a_change_has_a_trace_of_its_own(
        [Values("information", "warning")] string level, [Values(null, "nonsense", "00-0-0-01")] string? sent)
    {
        await using var gateway = await TestGateway.Start(new() { ["HOOP_LOG_LEVEL"] = level });
        Assert.That(await TraceOfChange(gateway, sent), Does.Match("^[0-9a-f]{32}$").And.Not.EqualTo(Theirs));
    }

    private static async Task<string?> TraceOfChange(TestGateway gateway, string? parent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agents") { Content = JsonContent.Create(new { name = "web" }) };
        if (parent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", parent);
        }

        // A client of .NET begins a trace by itself where somebody listens.
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = gateway.Address };
        client.DefaultRequestHeaders.Authorization = gateway.Operator.DefaultRequestHeaders.Authorization;
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return (await gateway.Query<string?>("SELECT trace_id FROM identity.audit_events WHERE resource_type = 'agent'")).Single();
    }
}
