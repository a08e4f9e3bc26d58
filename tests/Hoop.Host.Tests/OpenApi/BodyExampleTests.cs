using System.Text.Json;
using Hoop.Shared.Http;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.OpenApi;

/// <summary>The example of each body in the API document: it fits its schema, and the gateway takes it.</summary>
public sealed class BodyExampleTests
{
    // In the order in which each finds what it needs. A part of an address is a name, or what an earlier answer gave.
    private static readonly (string Operation, string Path)[] Story =
    [
        ("CreateAgent", "/api/agents"),
        ("CreateOrganization", "/api/orgs"),
        ("UpdateOrganization", "/api/orgs/{CreateOrganization}"),
        ("SetQuotas", "/api/orgs/{CreateOrganization}/quotas"),
        ("SetTrustDomainName", "/api/trust-domain-names/theirs.example.com"),
        ("CreateTrustDomain", "/api/trust-domains"),
        ("UpdateTrustDomain", "/api/trust-domains/{CreateTrustDomain}"),
        ("CreateMapping", "/api/spiffe-mappings"),
        ("ResolveMapping", "/api/spiffe-mappings/resolve"),
        ("UpdateMapping", "/api/spiffe-mappings/{CreateMapping}"),
        ("SetFeatureFlag", "/api/feature-flags/experimental.iam_federation"),
        ("CreateConnection", "/api/connections"),
        ("UpdateConnection", "/api/connections/my-bq"),
        ("SetPolicy", "/api/connections/my-bq/federation"),
        ("TestFederation", "/api/federation/test"),
        ("CreateIssuer", "/api/issuers"),
        ("TestIssuer", "/api/issuers/test"),
        ("UpdateIssuer", "/api/issuers/{CreateIssuer}"),
        ("CompareIssuerSecrets", "/api/issuers/{CreateIssuer}/secrets/compare"),
        ("CreateRule", "/api/serviceaccounts/rules"),
        ("UpdateRule", "/api/serviceaccounts/rules/{CreateRule}"),
        ("CreateServiceAccount", "/api/serviceaccounts"),
        ("UpdateServiceAccount", "/api/serviceaccounts/ci-pipeline"),
        ("UpdateServiceAccountBySubject", "/api/serviceaccounts?subject=ci-pipeline"),
        ("CreateApiToken", "/api/api-tokens"),
        ("InvitePerson", "/api/users"),
        ("UpdatePerson", "/api/users/{InvitePerson}"),
        ("SetEntity", "/v1/identity/entity"),
        ("SetEntityById", "/v1/identity/entity/id/{SetEntity}"),
        ("SetEntityByName", "/v1/identity/entity/name/bob"),
        ("SetEntityAlias", "/v1/identity/entity-alias"),
        ("SetEntityAliasById", "/v1/identity/entity-alias/id/{SetEntityAlias}"),
        ("SetEntityOldAlias", "/v1/identity/alias"),
        ("SetEntityOldAliasById", "/v1/identity/alias/id/{SetEntityAlias}"),
        ("SetEntityPersona", "/v1/identity/persona"),
        ("SetEntityPersonaById", "/v1/identity/persona/id/{SetEntityAlias}"),
        ("SetGroup", "/v1/identity/group"),
        ("SetGroupById", "/v1/identity/group/id/{SetGroup}"),
        ("SetGroupByName", "/v1/identity/group/name/operations"),
        ("ChangeMembers", "/v1/identity/group/id/{SetGroup}/members"),
        ("SetGroupAlias", "/v1/identity/group-alias"),
        ("SetGroupAliasById", "/v1/identity/group-alias/id/{SetGroupAlias}"),
        ("LookupEntity", "/v1/identity/lookup/entity"),
        ("LookupGroup", "/v1/identity/lookup/group"),
        ("MergeEntities", "/v1/identity/entity/merge"),
        ("DeleteEntities", "/v1/identity/entity/batch-delete"),
        ("TidyEntities", "/v1/identity/entity/tidy"),
        ("SetSigningKey", "/v1/identity/oidc/key/web"),
        ("RotateSigningKey", "/v1/identity/oidc/key/web/rotate"),
        ("ReplaceSigningKey", "/v1/identity/oidc/key/web/rotate/emergency"),
        ("SetIdentityTokenRole", "/v1/identity/oidc/role/web"),
        ("SetTokenIssuer", "/v1/identity/oidc/config"),
        ("IntrospectIdentityToken", "/v1/identity/oidc/introspect"),
        ("EnableMount", "/v1/sys/auth/jobs"),
        ("SetLoginConfig", "/v1/auth/jobs/config"),
        ("SetLoginRole", "/v1/auth/jobs/role/ci"),
        ("SetAclPolicy", "/v1/sys/policies/acl/readers"),
        ("SetAclPolicyOld", "/v1/sys/policy/readers"),
        ("CheckPolicy", "/v1/sys/policies/check"),
        ("ExplainAccess", "/v1/sys/policies/explain"),
        ("GetCapabilities", "/v1/sys/capabilities-self"),
        ("GetTokenCapabilities", "/v1/sys/capabilities"),
        ("GetAccessorCapabilities", "/v1/sys/capabilities-accessor"),
        ("TuneMount", "/v1/sys/mounts/auth/jobs/tune"),
        ("SetTokenRole", "/v1/auth/token/roles/ci"),
        ("CreateToken", "/v1/auth/token/create"),
        ("CreateOrphanToken", "/v1/auth/token/create-orphan"),
        ("CreateTokenByRole", "/v1/auth/token/create/ci"),
        ("LookupSelfByPost", "/v1/auth/token/lookup-self"),
        ("LookupToken", "/v1/auth/token/lookup"),
        ("LookupAccessor", "/v1/auth/token/lookup-accessor"),
        ("RenewSelf", "/v1/auth/token/renew-self"),
        ("RenewToken", "/v1/auth/token/renew"),
        ("RenewAccessor", "/v1/auth/token/renew-accessor"),
        ("RevokeSelf", "/v1/auth/token/revoke-self"),
        ("RevokeToken", "/v1/auth/token/revoke"),
        ("RevokeAccessor", "/v1/auth/token/revoke-accessor"),
        ("RevokeOrphan", "/v1/auth/token/revoke-orphan"),
    ];

    // What needs a connected agent; sent in the tests of sessions.
    private static readonly string[] Elsewhere = ["CreateSession"];

    // The operator is no person, and the examples are no real tokens: the gateway reads them, and refuses who sends them.
    private static readonly (string Operation, string Path, int Status)[] Refused =
    [
        ("SignIn", "/api/signin", 401), ("CreatePersonalToken", "/api/tokens", 403), ("Login", "/v1/auth/jobs/login", 400),
    ];

    private TestGateway _gateway = null!;
    private JsonElement _document;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            // Nobody listens there; nothing here needs its keys.
            ["HOOP_OIDC_ISSUER"] = "http://127.0.0.1:9/",
            ["HOOP_OIDC_AUDIENCE"] = "hoop",
            ["HOOP_OIDC_JWKS_URL"] = "http://127.0.0.1:9/jwks",
        });
        _document = (await _gateway.Anonymous.Get("/openapi/v1.json")).Body;
    }

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [Test]
    public void Each_body_has_an_example_that_fits_its_schema()
    {
        var bodies = Bodies().ToList();
        Assert.That(bodies, Has.Count.GreaterThan(50));
        Assert.That(
            bodies.Where(body => body.Example is null).Select(body => body.Operation),
            Is.Empty,
            "state it: .WithBody(...)");
        Assert.That(
            bodies.Where(body => body.Example is not null)
                .SelectMany(body => Problems(body.Operation, body.Example!.Value, body.Schema)), Is.Empty);
    }

    [Test]
    public void An_example_that_does_not_fit_is_found()
    {
        var schema = Bodies().Single(body => body.Operation == "CreateMapping").Schema;
        string[] bad = ["""{"spiffe_id": "x"}""", """{"trust_domain": 1}""", """{"trust_domain": "a", "nope": 1}""",
            """{"trust_domain": "a", "groups": [1]}""", "[]"];
        foreach (var json in bad)
        {
            Assert.That(Problems("made up", JsonElement.Parse(json), schema), Is.Not.Empty, json);
        }
    }

    [Test]
    public async Task The_gateway_takes_each_of_them()
    {
        var bodies = Bodies().ToDictionary(body => body.Operation, StringComparer.Ordinal);
        Assert.That(
            Story.Select(step => step.Operation).Concat(Refused.Select(step => step.Operation)),
            Is.EquivalentTo(bodies.Values.Where(body => body.Example is not null).Select(body => body.Operation).Except(Elsewhere)),
            "a new body has its place in the story");
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (operation, path) in Story)
        {
            var about = operation switch
            {
                "SetTrustDomainName" => "CreateOrganization",
                "DeleteEntities" or "MergeEntities" or "SetGroupByName" or "ChangeMembers" => "SetEntity",
                _ when operation.Contains("Alias", StringComparison.Ordinal) || operation.Contains("Persona", StringComparison.Ordinal) =>
                    "SetEntity",
                _ => "CreateAgent",
            };
            var json = bodies[operation].Example!.Value.GetRawText()
                .Replace(BodyExample.SomeId, ids.GetValueOrDefault(about), StringComparison.Ordinal)
                .Replace(BodyExample.OtherId, ids.GetValueOrDefault("SetEntityByName"), StringComparison.Ordinal);
            var (token, accessor) = path.StartsWith("/v1/auth/token/r", StringComparison.Ordinal)
                || path.StartsWith("/v1/auth/token/l", StringComparison.Ordinal)
                || path.StartsWith("/v1/sys/capabilities", StringComparison.Ordinal)
                ? await FreshToken()
                : ("", "");
            json = json.Replace(BodyExample.SomeToken, token, StringComparison.Ordinal)
                .Replace(BodyExample.SomeAccessor, accessor, StringComparison.Ordinal);
            using var self = _gateway.As(token);
            var address = ids.Aggregate(path, (text, id) => text.Replace($"{{{id.Key}}}", id.Value, StringComparison.Ordinal));

            var isOfSelf = path.StartsWith("/v1/auth/", StringComparison.Ordinal) && path.EndsWith("-self", StringComparison.Ordinal);
            var reply = await (isOfSelf ? self : _gateway.Operator).Send(
                new HttpMethod(bodies[operation].Method), address, JsonElement.Parse(json));

            Assert.That(reply.Response.IsSuccessStatusCode, Is.True, $"{operation}: {(int)reply.Status} {reply.Body}");
            if (IdIn(reply.Body) is { } made)
            {
                ids[operation] = made;
            }
        }

        foreach (var (operation, path, status) in Refused)
        {
            var reply = await _gateway.Operator.Post(path, bodies[operation].Example!.Value);
            Assert.That((int)reply.Status, Is.EqualTo(status), $"{operation}: {reply.Body}");
        }
    }

    private async Task<(string Token, string Accessor)> FreshToken()
    {
        var auth = (await _gateway.Operator.Post("/v1/auth/token/create", new { policies = "default", ttl = "1h" }))["auth"];
        return (auth.GetProperty("client_token").GetString()!, auth.GetProperty("accessor").GetString()!);
    }

    [Test]
    public void Listing_as_Vault_does_is_declared()
    {
        var lists = _document.GetProperty("paths").EnumerateObject()
            .Where(path => path.Value.TryGetProperty("get", out var get) && get.TryGetProperty("parameters", out var parameters)
                && parameters.EnumerateArray().Any(parameter => parameter.GetProperty("name").GetString() == "list"
                    && parameter.GetProperty("required").GetBoolean()))
            .Select(path => path.Name);
        Assert.That(lists, Is.SupersetOf(new[]
        {
            "/v1/identity/entity/id", "/v1/identity/entity/name", "/v1/identity/entity-alias/id",
        }));
    }

    private static string? IdIn(JsonElement body) =>
        body.ValueKind != JsonValueKind.Object ? null
        : body.TryGetProperty("id", out var id) ? id.GetString()
        : body.TryGetProperty("data", out var data) ? IdIn(data)
        : null;

    private IEnumerable<(string Operation, string Path, string Method, JsonElement Schema, JsonElement? Example)> Bodies() =>
        from path in _document.GetProperty("paths").EnumerateObject()
        from method in path.Value.EnumerateObject()
        where method.Value.ValueKind == JsonValueKind.Object && method.Value.TryGetProperty("requestBody", out _)
        let media = method.Value.GetProperty("requestBody").GetProperty("content").GetProperty("application/json")
        select (method.Value.GetProperty("operationId").GetString()!, path.Name, method.Name.ToUpperInvariant(), media.GetProperty("schema"),
            media.TryGetProperty("example", out var example) ? example : (JsonElement?)null);

    /// <summary>Stricter than JSON Schema: what a schema does not name is not shown.</summary>
    private IEnumerable<string> Problems(string place, JsonElement value, JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = _document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        }

        if (schema.TryGetProperty("oneOf", out var choices))
        {
            return choices.EnumerateArray().Any(choice => !Problems(place, value, choice).Any()) ? [] : [$"{place}: fits none of its forms"];
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(name => IsA(value, name)))
        {
            return [$"{place}: {value.GetRawText()} is not {type}"];
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object => OfObject(place, value, schema),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) =>
                value.EnumerateArray().SelectMany(item => Problems($"{place}[]", item, items)),
            _ => [],
        };
    }

    private IEnumerable<string> OfObject(string place, JsonElement value, JsonElement schema)
    {
        var names = value.EnumerateObject().Select(member => member.Name).ToHashSet(StringComparer.Ordinal);
        var missing = schema.TryGetProperty("required", out var required)
            ? required.EnumerateArray().Select(name => name.GetString()!).Where(name => !names.Contains(name))
            : [];
        foreach (var name in missing)
        {
            yield return $"{place}: lacks {name}";
        }

        foreach (var member in value.EnumerateObject())
        {
            if ((schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member.Name, out var inner))
                || (schema.TryGetProperty("additionalProperties", out inner) && inner.ValueKind == JsonValueKind.Object
                    && inner.EnumerateObject().Any()))
            {
                foreach (var problem in Problems($"{place}.{member.Name}", member.Value, inner))
                {
                    yield return problem;
                }
            }
            else if (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("additionalProperties", out _))
            {
                yield return $"{place}: {member.Name} is not in the schema";
            }
        }
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!) : [type.GetString()!];

    private static bool IsA(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
