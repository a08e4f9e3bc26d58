using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary><c>-o</c>, <c>describe</c> and <c>--watch</c>: the same answer in each form.</summary>
public sealed class OutputTests
{
    private const string Agents = """
        [{"id":"018f","name":"web","mode":"standard","status":"CONNECTED","hostname":"h","version":"1.0","platform":"linux/x64","identity":"key","groups":["ops","no"],"replicas":2,"last_seen_at":"2026-11-26T10:00:00Z"},
         {"id":"0190","name":"db","mode":"embedded","status":"DISCONNECTED","hostname":"","version":"","platform":"","identity":"","groups":[],"replicas":0,"last_seen_at":null}]
        """;

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = (await StubGateway.Start()).On("GET /api/agents", 200, Agents);
        _hoop = new HoopProcess(_gateway.Address);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task Json_is_the_answer_byte_for_byte() =>
        Assert.That(await _hoop.Run("admin", "get", "agents", "-o", "json"), Is.EqualTo(new Ran(0, Agents + "\n", "")));

    [Test]
    public async Task Yaml_says_the_same() =>
        Assert.That((await _hoop.Run("admin", "get", "agents", "-o", "yaml")).Out, Is.EqualTo("""
            - id: "018f"
              name: web
              mode: standard
              status: CONNECTED
              hostname: h
              version: "1.0"
              platform: linux/x64
              identity: key
              groups:
                - ops
                - "no"
              replicas: 2
              last_seen_at: "2026-11-26T10:00:00Z"
            - id: "0190"
              name: db
              mode: embedded
              status: DISCONNECTED
              hostname: ""
              version: ""
              platform: ""
              identity: ""
              groups: []
              replicas: 0
              last_seen_at: null

            """));

    [Test]
    public async Task Names_are_what_get_takes() =>
        Assert.That(await _hoop.Run("admin", "get", "agents", "-o", "name"), Is.EqualTo(new Ran(0, "agent/web\nagent/db\n", "")));

    [Test]
    public async Task Wide_has_a_column_for_everything_that_is_no_list() =>
        Assert.That((await _hoop.Run("admin", "get", "agents", "-o", "wide")).Out, Is.EqualTo("""
            ID     NAME   MODE       VERSION   HOSTNAME   PLATFORM    STATUS    IDENTITY   REPLICAS   LAST_SEEN_AT
            018f   web    standard   1.0       h          linux/x64   ONLINE    key        2          2026-11-26T10:00:00Z
            0190   db     embedded   -         -          -           OFFLINE   -          0          -

            """));

    [Test]
    public async Task Describe_shows_everything()
    {
        _gateway.On(
            "GET /api/agents/web", 200,
            """{"id":"018f","name":"web","groups":["a","b"],"none":[],"on":true,"api_url":"u","absent":null,"bundle":{"keys":2,"skipped":["x"]},"uses":[{"type":"t","name":"n"},{"type":"u"}]}""");

        Assert.That(await _hoop.Run("admin", "describe", "agent/web"), Is.EqualTo(new Ran(0, """
            ID:                     018f
            Name:                   web
            Groups:                 a, b
            None:                   -
            On:                     yes
            API URL:                u
            Absent:                 -
            Bundle:
              Keys:                 2
              Skipped:              x
            Uses:
              - Type:                   t
                Name:                   n
              - Type:                   u

            """, "")));
    }

    [Test]
    public async Task What_was_done_is_told_in_each_form()
    {
        _gateway.On("GET /api/connections/x1?secrets=names", 200, "{}").On("DELETE /api/connections/x1", 204);

        Assert.That((await _hoop.Run("admin", "delete", "connection", "x1", "-o", "name")).Out, Is.EqualTo("connection/x1\n"));
        Assert.That(
            (await _hoop.Run("admin", "delete", "connection", "x1", "-o", "yaml")).Out,
            Is.EqualTo("type: connection\nname: x1\nresult: deleted\n"));
    }

    [Test]
    public async Task What_is_shown_once_is_not_lost_to_a_form_that_does_not_show_it()
    {
        var ran = await _hoop.Run("admin", "create", "agent", "web", "-o", "name");

        Assert.That(ran, Is.EqualTo(new Ran(1, "", "error: -o name: this command has no such output; it has json and yaml\n")));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [TestCase("admin get agents -q stauts=online", "-q stauts=online: there is no such filter; did you mean status?")]
    [TestCase("admin get agents -q agent=x", "-q agent=x: there is no such filter; the filters of this list are status, page_size, cursor")]
    [TestCase("admin get users -q grop=x", "-q grop=x: there is no such filter; the filters of this list are status, email, subject, issuer, page_size, cursor")]
    public async Task A_filter_that_there_is_not_is_refused_before_everything_is_listed(string command, string message)
    {
        Assert.That(await _hoop.Run(command.Split(' ')), Is.EqualTo(new Ran(1, "", $"error: {message}\n")));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_watch_shows_what_came_changed_and_went_and_ends_with_0(CancellationToken limit)
    {
        _gateway.On("GET /api/agents", 200, """[{"id":"1","name":"web","status":"CONNECTED"},{"id":"2","name":"db","status":"CONNECTED"}]""");
        await using var running = _hoop.Start("admin", "get", "agents", "--watch", "-o", "json");
        await Asked(1, limit);
        _gateway.On("GET /api/agents", 200, """[{"id":"1","name":"web","status":"DISCONNECTED"},{"id":"3","name":"new","status":"CONNECTED"}]""");
        await Asked(_gateway.Requests.Count + 2, limit);
        running.Interrupt();
        var ended = await running.End();

        Assert.That(ended, Is.EqualTo(new Ran(0, """
            {"event":"added","object":{"id":"1","name":"web","status":"CONNECTED"}}
            {"event":"added","object":{"id":"2","name":"db","status":"CONNECTED"}}
            {"event":"added","object":{"id":"3","name":"new","status":"CONNECTED"}}
            {"event":"changed","object":{"id":"1","name":"web","status":"DISCONNECTED"}}
            {"event":"deleted","object":{"id":"2","name":"db","status":"CONNECTED"}}

            """, "")));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_watch_outlives_a_gateway_that_fails_and_tells_it_once(CancellationToken limit)
    {
        _gateway.On("GET /api/agents", 200, """[{"id":"1","name":"web","status":"CONNECTED","last_seen_at":"1"}]""");
        await using var running = _hoop.Start("admin", "get", "agents", "-w");
        await Asked(1, limit);
        _gateway.On("GET /api/agents", 503, """{"message":"the database is not available"}""");
        await Asked(_gateway.Requests.Count + 3, limit);
        _gateway.On("GET /api/agents", 200, """[{"id":"1","name":"web","status":"CONNECTED","last_seen_at":"2"}]""");
        await Asked(_gateway.Requests.Count + 2, limit);
        running.Interrupt();
        var ended = await running.End();

        Assert.That(ended.Code, Is.Zero);
        Assert.That(ended.Out, Does.Match("^EVENT +ID +NAME .*\nadded +1 +web .*\n$"), "an agent that is only alive is no change");
        Assert.That(ended.Error, Does.StartWith("warning: the database is not available (503)").And.EndWith("; watching on\n"));
        Assert.That(ended.Error.Split("warning:"), Has.Length.EqualTo(2));
    }

    private async Task Asked(int times, CancellationToken limit)
    {
        while (Count() < times)
        {
            await Task.Delay(20, limit);
        }

        int Count()
        {
            lock (_gateway.Requests)
            {
                return _gateway.Requests.Count;
            }
        }
    }
}
