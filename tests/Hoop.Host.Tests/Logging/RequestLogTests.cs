using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Logging;

/// <summary>The line of a request, through the real pipeline.</summary>
public sealed class RequestLogTests
{
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [Test]
    public async Task A_request_has_one_line_with_its_numbers_and_without_its_query()
    {
        await _gateway.Operator.Get("/api/agents/watched?token=s3cret");
        var line = (await LinesOf("/api/agents/watched")).Single();
        Assert.That(line, Does.Match(@"^Information \S+ GET /api/agents/watched 422 \d+\.\d ms").And.Not.Contain("s3cret"));
    }

    [Test]
    public async Task A_hostile_path_is_one_line(
        [Values("%0a06:99:99.999%20INF%20GET%20/api/orgs", "%1b%5b31m", "%c2%9b31m", "%e2%80%ae", "%e2%80%a8x", "%7f")] string path)
    {
        var mark = $"mark{Guid.NewGuid():N}";
        await RawHttp.Send(_gateway.Address, $"GET /api/{mark}{path} HTTP/1.1\nHost: a\nConnection: close\n\n");

        // The capture gets events, not lines; what the console writes of them is tested beside this.
        Assert.That(await LinesOf(mark), Has.Exactly(1).Items.Contains(" 404 "));
    }

    [Test]
    public async Task Probes_are_told_at_debug_and_failures_as_warnings()
    {
        await _gateway.Anonymous.Get("/healthz/live");
        Assert.That((await LinesOf("GET /healthz/live"))[0], Does.StartWith("Debug "));
    }

    [Test]
    public async Task A_line_names_the_client_and_the_caller_and_of_a_stranger_the_client_alone()
    {
        await _gateway.Operator.Get("/api/agents/by-the-operator");
        await _gateway.Anonymous.Get("/api/agents/by-nobody");
        Assert.That(
            (await LinesOf("/api/agents/by-the-operator")).Single(),
            Does.Contain(" client=127.0.0.1 org=").And.Contain("caller=Operator:"));
        Assert.That(
            (await LinesOf("/api/agents/by-nobody")).Single(),
            Does.Contain(" 401 ").And.Contain(" client=127.0.0.1").And.Not.Contain("org=").And.Not.Contain("caller="));
    }

    private async Task<IReadOnlyList<string>> LinesOf(string text)
    {
        // The line is written after the answer has gone out.
        await Eventually.True(() => Task.FromResult(Found().Any()), $"no request line with {text}");
        return [.. Found()];

        IEnumerable<string> Found() =>
            _gateway.Logs.Lines.Where(
                line => line.Contains(text, StringComparison.Ordinal) && line.Contains(" ms", StringComparison.Ordinal));
    }
}
