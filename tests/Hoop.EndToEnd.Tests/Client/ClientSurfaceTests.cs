using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Hoop.Client;
using Hoop.Client.Wire;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Client;

/// <summary>
/// The client is the gateway's API: each route has a method, and what goes over the wire has the names and types of the gateway's own
/// OpenAPI document.
/// </summary>
public sealed partial class ClientSurfaceTests
{
    /// <summary>What no program calls, and why.</summary>
    private static readonly Dictionary<string, string> WithoutMethod = new(StringComparer.Ordinal)
    {
        ["* /api/agents/channel"] = "the agent's own channel",
        ["* /api/agents/channel/negotiate"] = "belongs to the channel",
        ["HEAD /api/healthz"] = "the other spelling of GET",
        ["GET /api/sessions/stream"] = "a WebSocket, whose messages are no bodies",
        ["POST /api/federation/token"] = "an exchange of OAuth, a form that Google's libraries send",
    };

    /// <summary>The document says less of them than it could: a list of it knows not what it lists.</summary>
    private static readonly string[] Untold = ["proofs", "one_of"];

    private static readonly (MethodInfo Method, HoopRouteAttribute Route)[] Methods =
    [
        .. typeof(HoopClient).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Select(method => (Method: method, Route: method.GetCustomAttribute<HoopRouteAttribute>()!))
            .Where(pair => pair.Route is not null),
    ];

    private TestGateway _gateway = null!;
    private JsonElement _document;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _document = (await _gateway.Anonymous.Get("/openapi/v1.json")).Body;
    }

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [Test]
    public void Every_route_of_the_api_has_a_method_and_every_method_a_route()
    {
        var routes = SurfaceRoutes.All.Where(route => route.Contains(" /api/", StringComparison.Ordinal)).ToArray();
        var called = Methods.Select(pair => $"{pair.Route.Method} {pair.Route.Path}").ToArray();

        Assert.That(routes, Has.Length.GreaterThan(70));
        Assert.That(routes.Where(route => !called.Contains(route) && !WithoutMethod.ContainsKey(route)), Is.Empty);
        Assert.That(called.Except(SurfaceRoutes.All), Is.Empty);
        Assert.That(called, Is.Unique);
    }

    [Test]
    public void What_is_sent_and_what_is_answered_is_what_the_document_of_the_gateway_says()
    {
        var problems = new List<string>();
        foreach (var (method, route) in Methods)
        {
            var operation = Operation(route);
            var name = $"{method.DeclaringType!.Name}.{method.Name}";
            var body = operation.TryGetProperty("requestBody", out var request) ? SchemaOf(request.GetProperty("content")) : default;
            var sent = method.GetParameters().FirstOrDefault(parameter => parameter.Name == "body")?.ParameterType;
            Compare(sent, body, $"{name} sends", problems);
            Compare(Answered(method), Rows(Answer(operation)), $"{name} is answered", problems);
            Parameters(method, operation, name, problems);
        }

        Assert.That(problems.Distinct(), Is.Empty, string.Join('\n', problems.Distinct()));
    }

    [Test]
    public void A_difference_is_found()
    {
        var problems = new List<string>();
        Compare(typeof(Hoop.Client.Agent), JsonElement.Parse("""{"type":"object","properties":{"id":{"type":"string"},"new":{"type":"string"}}}"""), "x", problems);

        Assert.That(problems, Has.Some.EqualTo("x: Agent lacks new").And.Some.EqualTo("x: Agent has name, which is unknown there")
            .And.Some.StartsWith("x.id: Guid is not"));
    }

    private static Type? Answered(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(HoopPages<>))
        {
            return typeof(IReadOnlyList<>).MakeGenericType(type.GetGenericArguments());
        }

        return type.GetGenericArguments()[0] is { IsGenericType: true } answer ? answer.GetGenericArguments()[0] : null;
    }

    private static void Parameters(MethodInfo method, JsonElement operation, string name, List<string> problems)
    {
        var told = operation.TryGetProperty("parameters", out var parameters)
            ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() is "query" or "path")
                .Select(parameter => parameter.GetProperty("name").GetString()!).Where(one => one is not "cursor").ToArray()
            : [];
        var taken = method.GetParameters().Where(parameter => parameter.Name is not ("body" or "lines" or "cancellationToken" or "ifMatch"))
            .Select(parameter => parameter.Name!).ToArray();
        problems.AddRange(told.Where(one => !taken.Contains(Camel(one))).Select(one => $"{name} does not take {one}"));
        problems.AddRange(taken.Where(one => !told.Select(Camel).Contains(one)).Select(one => $"{name} takes {one}, which is unknown there"));
    }

    private void Compare(Type? type, JsonElement schema, string where, List<string> problems)
    {
        schema = Resolve(schema);
        if (type is null || schema.ValueKind != JsonValueKind.Object)
        {
            if (type is not null != (schema.ValueKind == JsonValueKind.Object))
            {
                problems.Add($"{where}: {type?.Name ?? "nothing"}, and the document says {schema}");
            }

            return;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(JsonElement))
        {
            return;
        }

        var kind = KindOf(schema);
        var info = HoopJson.Default.GetTypeInfo(type) ?? throw new AssertionException($"{where}: {type} is unknown to HoopJson");
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                Members(info, schema, where, problems);
                break;
            case JsonTypeInfoKind.Enumerable:
                Expect(kind == "array");
                var item = schema.TryGetProperty("items", out var items) ? items : JsonElement.Parse("{}");
                Compare(info.ElementType, item, $"{where}[]", problems);
                break;
            case JsonTypeInfoKind.Dictionary:
                Expect(kind == "object");
                break;
            default:
                Expect((type == typeof(string) && kind == "string" && Format(schema) is not ("uuid" or "date-time"))
                    || (type == typeof(Guid) && Format(schema) == "uuid")
                    || (type == typeof(DateTimeOffset) && Format(schema) == "date-time")
                    || (type == typeof(bool) && kind == "boolean")
                    || (type == typeof(int) && kind == "integer" && Format(schema) != "int64")
                    || (type == typeof(long) && kind == "integer")
                    || (type == typeof(double) && kind == "number")
                    || kind is null);
                break;
        }

        void Expect(bool isSame)
        {
            if (!isSame)
            {
                problems.Add($"{where}: {type.Name} is not {schema}");
            }
        }
    }

    private void Members(JsonTypeInfo info, JsonElement schema, string where, List<string> problems)
    {
        var told = schema.TryGetProperty("properties", out var properties)
            ? properties.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal)
            : [];
        var has = info.Properties.ToDictionary(member => member.Name, member => member.PropertyType, StringComparer.Ordinal);
        problems.AddRange(told.Keys.Except(has.Keys, StringComparer.Ordinal).Select(name => $"{where}: {info.Type.Name} lacks {name}"));
        problems.AddRange(has.Keys.Except(told.Keys, StringComparer.Ordinal)
            .Select(name => $"{where}: {info.Type.Name} has {name}, which is unknown there"));
        foreach (var (name, member) in told.Where(member => has.ContainsKey(member.Key) && !Untold.Contains(member.Key)))
        {
            Compare(has[name], member, $"{where}.{name}", problems);
        }
    }

    private JsonElement Resolve(JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object)
        {
            if (schema.TryGetProperty("$ref", out var reference))
            {
                schema = _document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
            }
            else if (schema.TryGetProperty("oneOf", out var several) || schema.TryGetProperty("anyOf", out several))
            {
                schema = several.EnumerateArray().First(one => !(one.TryGetProperty("type", out var type) && type.ToString() == "null"));
            }
            else
            {
                break;
            }
        }

        return schema;
    }

    private JsonElement Operation(HoopRouteAttribute route)
    {
        var path = Part().Replace(route.Path, "{${name}}");
        return _document.GetProperty("paths").GetProperty(path).GetProperty(route.Method.ToLowerInvariant());
    }

    private static JsonElement Answer(JsonElement operation)
    {
        var responses = operation.GetProperty("responses");
        return (responses.TryGetProperty("200", out var good) || responses.TryGetProperty("201", out good))
            && good.TryGetProperty("content", out var content) ? SchemaOf(content) : default;
    }

    private static JsonElement SchemaOf(JsonElement content) =>
        content.TryGetProperty("application/json", out var media) ? media.GetProperty("schema") : default;

    /// <summary>One list keeps its cursor beside its rows; a program is given the rows, like of any other.</summary>
    private JsonElement Rows(JsonElement schema) => Resolve(schema) is { ValueKind: JsonValueKind.Object } answer
        && answer.TryGetProperty("properties", out var members) && members.TryGetProperty("next_cursor", out _)
        ? members.GetProperty("data")
        : schema;

    private static string? KindOf(JsonElement schema) => !schema.TryGetProperty("type", out var type)
        ? schema.TryGetProperty("enum", out _) ? "string" : schema.TryGetProperty("properties", out _) ? "object" : null
        : type.ValueKind == JsonValueKind.String ? type.GetString()
        : type.EnumerateArray().Select(one => one.GetString()).Where(one => one != "null").OrderBy(one => one == "string").First();

    private static string? Format(JsonElement schema) => schema.TryGetProperty("format", out var format) ? format.GetString() : null;

    private static string Camel(string name) =>
        string.Concat(name.Split('_').Select((word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    [GeneratedRegex(@"\{\**(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();
}
