using System.Net;
using System.Text.Json;
using Hoop.Host.OpenApi;
using Hoop.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Host.Tests.OpenApi;

/// <summary>The API page is true: walked from one end to the other, beside the routes that it describes.</summary>
public sealed class ApiDocumentTests
{
    private static readonly string[] Methods = ["get", "post", "put", "delete", "patch"];

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
    public void Every_call_is_named_after_its_slice_and_told_in_its_words()
    {
        var operations = Operations().ToList();
        Assert.That(operations, Has.Count.GreaterThan(40));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(operations.Select(operation => Text(operation.Body, "operationId")), Is.Unique.And.None.Null);
            foreach (var (name, operation) in operations)
            {
                Assert.That(Text(operation, "summary"), Is.Not.Null.And.Match(@"^\p{Lu}[^.]{3,}$"), name);
                Assert.That(Text(operation, "operationId"), Does.Match("^[A-Z][A-Za-z]+$"), name);
                Assert.That(operation.GetProperty("tags").GetArrayLength(), Is.EqualTo(1), name);
            }
        }
    }

    [Test]
    public void The_name_of_a_call_begins_with_the_name_of_its_slice_or_is_said_by_the_route()
    {
        var names = Operations().Select(operation => Text(operation.Body, "operationId")!).ToHashSet(StringComparer.Ordinal);
        var slices = Described().Select(endpoint => SliceDocs.SliceOf(endpoint.Metadata)!.Name).Distinct(StringComparer.Ordinal).ToList();
        Assert.That(slices, Has.Count.GreaterThan(35));
        Assert.That(
            slices.Where(
                slice => slice is not ("HealthEndpoints" or "VaultState")
                    && !names.Contains(slice)
                    && !names.Any(name => name.StartsWith(slice, StringComparison.Ordinal))
                    && slice != "ListEntities"
                    && !slice.EndsWith("Alias", StringComparison.Ordinal)
                    && slice is not ("ListAliases" or "ListGroups" or "ListPolicies")),
            Is.Empty);
    }

    [Test]
    public void Every_described_route_is_in_the_document_and_every_call_is_a_route()
    {
        var routes = Described().SelectMany(
            endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method.ToLowerInvariant()} {PathOf(endpoint)}"));
        Assert.That(Operations().Select(operation => operation.Name), Is.EquivalentTo(routes));
    }

    [Test]
    public void Every_call_says_what_it_answers_and_what_a_failure_looks_like()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, operation) in Operations())
            {
                var responses = operation.GetProperty("responses").EnumerateObject().ToList();
                Assert.That(responses.Where(response => response.Name.StartsWith('2')), Is.Not.Empty, name);
                Assert.That(
                    responses.Where(response => response.Name is not "204").Where(
                        response => !response.Value.TryGetProperty("content", out _)).Select(response => response.Name),
                    Is.Empty,
                    name);
                if (operation.GetProperty("tags")[0].GetString() != "Health" && !name.Contains("publicserverinfo", StringComparison.Ordinal))
                {
                    Assert.That(responses.Select(response => response.Name), Has.Some.StartsWith("4"), name);
                    var dialect = name.Contains(" /v1/", StringComparison.Ordinal)
                        ? "#/components/schemas/VaultErrorBody"
                        : name == "post /api/federation/token" ? "#/components/schemas/OAuthErrorBody"
                        : "#/components/schemas/ErrorBody";
                    var bodies = responses.Where(response => response.Name[0] is '4' or '5').Select(
                        response => response.Value.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
                    Assert.That(bodies, Is.All.EqualTo(dialect), name);
                }
            }
        }
    }

    [Test]
    public void What_writes_says_what_its_body_is()
    {
        // A rotation, a refresh: what there is to say stands in the address.
        string[] bodiless =
        [
            "post /api/agents/{nameOrId}/rotate-key", "post /api/orgs/{id}/admin-token", "post /api/trust-domains/{id}/refresh",
            "post /api/sessions/{id}/kill", "post /api/connections/{nameOrId}/federation/token",

            "post /api/connections/{nameOrId}/federation/subject-token",

            // A form of OAuth's.
            "post /api/federation/token",

            // Lines of JSON, which a schema does not describe.
            "post /api/spiffe-mappings/import",
        ];
        foreach (var (name, operation) in Operations().Where(operation => operation.Name[..4] is "post" or "put "))
        {
            Assert.That(operation.TryGetProperty("requestBody", out var body), Is.EqualTo(!bodiless.Contains(name)), name);
            if (body.ValueKind == JsonValueKind.Object)
            {
                var schema = Resolve(body.GetProperty("content").GetProperty("application/json").GetProperty("schema"));
                var members = schema.TryGetProperty("properties", out var properties) && properties.EnumerateObject().Any();
                Assert.That(members || schema.TryGetProperty("additionalProperties", out _), name);
            }
        }
    }

    [Test]
    public void Every_part_of_a_path_is_declared_and_every_parameter_is_described()
    {
        var silent = new List<string>();
        foreach (var (name, operation) in Operations())
        {
            var parameters = operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray().ToList() : [];
            var inPath = parameters.Where(parameter => Text(parameter, "in") == "path").Select(parameter => Text(parameter, "name"));
            var parts = name.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}'));
            Assert.That(inPath, Is.EquivalentTo(parts), name);
            silent.AddRange(
                parameters.Where(parameter => Text(parameter,
                    "description") is null).Select(parameter => $"{name}: {Text(parameter, "name")}"));
        }

        Assert.That(silent, Is.Empty, string.Join('\n', silent));
    }

    [Test]
    [Description("U3: the requests of all slices were one schema, {name}")]
    public void One_schema_is_one_type()
    {
        var schemas = _document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name).ToList();
        Assert.That(schemas, Has.None.AnyOf("Request", "Response", "Body", "SecretText", "Row").And.Some.EqualTo("CreateMappingRequest"));
        var mapping = Schema("CreateMappingRequest");
        Assert.That(
            mapping.GetProperty("properties").EnumerateObject().Select(member => member.Name),
            Is.EquivalentTo(new[] { "trust_domain", "spiffe_id", "spiffe_prefix", "agent_id", "agent_template", "groups" }));
        Assert.That(
            mapping.GetProperty("required").EnumerateArray().Select(member => member.GetString()), Is.EqualTo(new[] { "trust_domain" }));
        Assert.That(
            Schema("Mapping").GetProperty("required").EnumerateArray().Select(member => member.GetString()),
            Has.Some.EqualTo("id").And.None.AnyOf("spiffe_id", "agent_id", "warnings"));
    }

    [Test]
    public void A_reference_leads_somewhere_and_nothing_lies_about_unused()
    {
        var text = _document.GetRawText();
        foreach (var schema in _document.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            Assert.That(text, Does.Contain($"\"#/components/schemas/{schema.Name}\""), schema.Name);
        }
    }

    [Test]
    public void A_secret_is_a_text_that_is_only_written()
    {
        var text = _document.GetRawText();
        Assert.That(text, Does.Not.Contain("Reveal").And.Contain("\"password\"").And.Contain("\"writeOnly\""));
    }

    [Test]
    public void A_lock_is_where_one_is()
    {
        var anonymous = Described().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(PathOf)
            .ToHashSet(StringComparer.Ordinal);
        Assert.That(anonymous, Has.Count.GreaterThanOrEqualTo(5));
        foreach (var (name, operation) in Operations())
        {
            var open = operation.TryGetProperty("security", out var security)
                && security.EnumerateArray().All(requirement => !requirement.EnumerateObject().Any());
            Assert.That(open, Is.EqualTo(anonymous.Contains(name[(name.IndexOf(' ', StringComparison.Ordinal) + 1)..])), name);
        }
    }

    [Test]
    public void The_fields_of_a_Vault_route_are_those_that_its_slice_declares()
    {
        var body = _document.GetProperty("paths").GetProperty("/v1/identity/entity").GetProperty("post").GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema");
        var members = body.GetProperty("properties").EnumerateObject()
            .ToDictionary(member => member.Name, member => Text(member.Value, "type"), StringComparer.Ordinal);
        Assert.That(
            members,
            Is.EquivalentTo(new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["id"] = "string",
                ["name"] = "string",
                ["policies"] = "array",
                ["disabled"] = "boolean",
                ["metadata"] = "object",
                ["owner"] = "string",
                ["expires_at"] = "string",
            }));
    }

    [Test]
    public async Task A_client_made_of_the_document_alone_creates_a_mapping()
    {
        var agent = (await _gateway.Operator.Post("/api/agents", new { name = "made" })).Text("id");
        var (name, operation) = Operations().Single(one => Text(one.Body, "operationId") == "CreateMapping");
        var schema = Resolve(
            operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema"));

        // The examples of the document, and of each pair that excludes itself the exact one; the agent is the only thing that it cannot
        // know.
        var body = schema.GetProperty("properties").EnumerateObject()
            .Where(member => member.Name is not ("spiffe_prefix" or "agent_template"))
            .ToDictionary(
                member => member.Name,
                member => member.Name == "agent_id" ? (object?)agent : member.Value.GetProperty("examples")[0],
                StringComparer.Ordinal);
        var parts = name.Split(' ');
        var made = await _gateway.Operator.Send(new HttpMethod(parts[0].ToUpperInvariant()), parts[1], body);

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body.ToString());
        var answer = Resolve(
            operation.GetProperty("responses").GetProperty("201").GetProperty("content").GetProperty("application/json").GetProperty("schema"));
        var members = answer.GetProperty("properties").EnumerateObject().Select(member => member.Name).ToList();
        Assert.That(made.Body.EnumerateObject().Select(member => member.Name), Is.SubsetOf(members));
        Assert.That(
            answer.GetProperty("required").EnumerateArray().Select(member => member.GetString()!),
            Is.SubsetOf(made.Body.EnumerateObject().Select(member => member.Name)));
    }

    private IEnumerable<(string Name, JsonElement Body)> Operations() => _document.GetProperty("paths").EnumerateObject()
        .SelectMany(
            path => path.Value.EnumerateObject().Where(method => Methods.Contains(method.Name))
                .Select(method => ($"{method.Name} {path.Name}", method.Value)));

    /// <summary>The routes that say they are described: all of ours, but the second spelling of a verb.</summary>
    private IEnumerable<RouteEndpoint> Described() =>
        _gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>()?.ExcludeFromDescription is not true
            && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 }
            && SliceDocs.SliceOf(endpoint.Metadata) is { Namespace: { } space } && space.StartsWith("Hoop.", StringComparison.Ordinal));

    private static string PathOf(RouteEndpoint endpoint) =>
        "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        _ => "",
    }))));

    private JsonElement Schema(string name) => _document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private JsonElement Resolve(JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference) ? Schema(reference.GetString()!.Split('/')[^1]) : schema;

    private static string? Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) ? value.GetString() : null;
}
