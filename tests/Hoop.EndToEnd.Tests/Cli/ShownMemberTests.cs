using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using Hoop.Client;
using Hoop.Client.Wire;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>
/// Tables and labels read members by name, so that they show what any gateway says. The records of Hoop.Client are held to the gateway's
/// own; here the tables are held to the records: of a resource that has everything, no cell stays empty. A member with a new name, or one
/// that is mistyped, leaves one.
/// </summary>
public sealed class ShownMemberTests
{
    private const string Id = "018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f";

    private static readonly Dictionary<string, MethodInfo> Calls = typeof(HoopClient).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods())
        .Select(method => (Method: method, Route: method.GetCustomAttribute<HoopRouteAttribute>()))
        .Where(call => call.Route is not null)
        .GroupBy(call => $"{call.Route!.Method} {call.Route.Path}", StringComparer.Ordinal)
        .ToDictionary(calls => calls.Key, calls => calls.First().Method, StringComparer.Ordinal);

    private static readonly string[] Shown =
    [
        .. Below(HoopCommand.Root()).OfType<Verb>()
            .Where(verb => verb.Spelled() is "hoop whoami" or "hoop token list" or "hoop admin feature-flag list"
                || verb.Spelled().StartsWith("hoop admin get ", StringComparison.Ordinal))
            .Where(verb => verb.Routes is [var route, ..] && route.StartsWith("GET /api/", StringComparison.Ordinal))
            .Select(verb => verb.Spelled()),
    ];

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _hoop = new HoopProcess(_gateway.Address);
        foreach (var route in Shown.Select(RouteOf))
        {
            _gateway.On(Addressed(route), 200, Whole(route).ToJsonString());
        }
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public void All_lists_are_looked_at() => Assert.That(Shown, Has.Length.GreaterThan(15).And.Member("hoop admin get agents"));

    [TestCaseSource(nameof(Shown))]
    public async Task Of_a_resource_that_has_everything_no_cell_is_empty(string command)
    {
        var ran = await Run(command);

        Assert.That(ran.Code, Is.Zero, ran.Error);
        Assert.That(Empty(ran.Out), Is.Empty, ran.Out);
    }

    [TestCase("hoop admin get agents", "hostname", "HOSTNAME")]
    [TestCase("hoop admin get orgs", "created_at", "CREATED")]
    [TestCase("hoop whoami", "org_name", "Organization")]
    public async Task A_member_that_is_called_otherwise_is_found(string command, string member, string shown)
    {
        var route = RouteOf(command);
        var body = Whole(route);
        var resource = body is JsonArray list ? list[0]!.AsObject() : body.AsObject();
        Assert.That(resource.Remove(member), Is.True);
        resource[member + "_anew"] = "text";
        _gateway.On(Addressed(route), 200, body.ToJsonString());

        var ran = await Run(command);

        _gateway.On(Addressed(route), 200, Whole(route).ToJsonString());
        Assert.That(Empty(ran.Out), Is.EqualTo(new[] { shown }));
    }

    private Task<Ran> Run(string command)
    {
        string[] named = RouteOf(command).Contains('{', StringComparison.Ordinal) ? [Id] : [];
        return _hoop.Run([.. command.Split(' ').Skip(1), .. named]);
    }

    private static string RouteOf(string command) =>
        Below(HoopCommand.Root()).OfType<Verb>().Single(verb => verb.Spelled() == command).Routes[0];

    private static string Addressed(string route) => Regex.Replace(route, @"\{[^}]*\}", Id, RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>The headings and labels without a value.</summary>
    private static string[] Empty(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines[0].Contains(':', StringComparison.Ordinal))
        {
            return [.. lines.Where(line => line.EndsWith(" -", StringComparison.Ordinal)).Select(line => line.Split(':')[0])];
        }

        var (titles, cells) = (Cells(lines[0]), Cells(lines[1]));
        Assert.That(cells, Has.Length.EqualTo(titles.Length), output);
        return [.. titles.Zip(cells).Where(pair => pair.Second == "-").Select(pair => pair.First)];
    }

    private static string[] Cells(string line) => Regex.Split(line, " {2,}", RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>What the gateway would answer, with all that the client's record of it has.</summary>
    private static JsonNode Whole(string route)
    {
        var type = Calls[route].ReturnType;
        if (type.GetGenericTypeDefinition() == typeof(HoopPages<>))
        {
            var rows = new JsonArray(Json(type.GetGenericArguments()[0]));
            return route == "GET /api/audit/logs" ? new JsonObject { ["data"] = rows } : rows;
        }

        return Json(type.GetGenericArguments()[0].GetGenericArguments()[0]);
    }

    private static JsonNode Json(Type type) =>
        JsonSerializer.SerializeToNode(Full(type), HoopJson.Default.GetTypeInfo(type) ?? throw new InvalidOperationException($"{type}"))!;

    private static object Full(Type type)
    {
        if ((Nullable.GetUnderlyingType(type) ?? type) is var plain && Simple(plain) is { } simple)
        {
            return simple;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var list = Array.CreateInstance(type.GetGenericArguments()[0], 1);
            list.SetValue(Full(type.GetGenericArguments()[0]), 0);
            return list;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var made = typeof(Dictionary<,>).MakeGenericType(type.GetGenericArguments());
            var map = (System.Collections.IDictionary)Activator.CreateInstance(made)!;
            map["key"] = Full(type.GetGenericArguments()[1]);
            return map;
        }

        var constructor = type.GetConstructors().MaxBy(one => one.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Full(parameter.ParameterType))]);
    }

    private static object? Simple(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(bool) ? true
        : type == typeof(int) ? 7
        : type == typeof(long) ? 7L
        : type == typeof(double) ? 0.5
        : type == typeof(Guid) ? new Guid(Id)
        : type == typeof(DateTimeOffset) ? new DateTimeOffset(2026, 11, 26, 10, 0, 0, TimeSpan.Zero)
        : type == typeof(JsonElement) ? JsonElement.Parse("""{"key":"text"}""")
        : null;

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}
