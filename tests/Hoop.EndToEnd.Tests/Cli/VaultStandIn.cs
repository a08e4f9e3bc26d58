using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>
/// Answers reads of the identity store as Vault's documentation says: the envelope with its null members, 404 with no errors for what is
/// not there, null or empty where Vault has it, ids of its own. It can hiccup, and it takes no write.
/// </summary>
internal sealed class VaultStandIn : IAsyncDisposable
{
    public const string Token = "hvs.CAESIvault-canary";

    private readonly WebApplication _app;
    private readonly Dictionary<string, JsonObject> _documents = new(StringComparer.Ordinal);
    private int _reads;

    private VaultStandIn(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>When set, whoever does not name it finds nothing.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>A 429, a 500 and a 503 come before some answers.</summary>
    public bool Hiccups { get; set; }

    /// <summary>After so many reads all others fail.</summary>
    public int BreaksAfter { get; set; } = int.MaxValue;

    /// <summary>What may not be read.</summary>
    public string Forbidden { get; set; } = "-";

    public int Reads => _reads;

    public static async Task<VaultStandIn> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var vault = new VaultStandIn(app);
        app.Run(vault.Answer);
        await app.StartAsync();
        return vault.Mount("token/", "token", "auth_token_00000001");
    }

    public VaultStandIn Mount(string path, string type, string accessor)
    {
        var table = _documents.TryGetValue("sys/auth", out var known) ? known : _documents["sys/auth"] = [];
        table[path] = new JsonObject
        {
            ["accessor"] = accessor, ["type"] = type, ["description"] = "", ["local"] = false, ["options"] = null,
            ["config"] = new JsonObject { ["default_lease_ttl"] = 0, ["max_lease_ttl"] = 0 },
        };
        return this;
    }

    public VaultStandIn Policy(string name, string text)
    {
        _documents[$"sys/policies/acl/{name}"] = new JsonObject { ["name"] = name, ["policy"] = text };
        return this;
    }

    /// <param name="json">Of what differs from an entity without anything.</param>
    public VaultStandIn Entity(string id, string name, string json = "{}")
    {
        _documents[$"identity/entity/id/{id}"] = Merged(
            new JsonObject
            {
                ["id"] = id, ["name"] = name, ["aliases"] = new JsonArray(), ["metadata"] = null, ["policies"] = null, ["disabled"] = false,
                ["merged_entity_ids"] = null, ["direct_group_ids"] = new JsonArray(), ["group_ids"] = new JsonArray(),
                ["creation_time"] = "2017-07-25T20:29:22.614756844Z", ["namespace_id"] = "root",
            },
            json);
        return this;
    }

    public VaultStandIn Group(string id, string name, string json = "{}")
    {
        _documents[$"identity/group/id/{id}"] = Merged(
            new JsonObject
            {
                ["id"] = id, ["name"] = name, ["type"] = "internal", ["metadata"] = null, ["policies"] = null, ["member_entity_ids"] = null,
                ["member_group_ids"] = null, ["parent_group_ids"] = null, ["alias"] = new JsonObject(), ["modify_index"] = 1,
                ["namespace_id"] = "root",
            },
            json);
        return this;
    }

    public VaultStandIn Remove(string path)
    {
        _documents.Remove(path);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static JsonObject Merged(JsonObject document, string json)
    {
        foreach (var (name, value) in JsonNode.Parse(json)!.AsObject())
        {
            document[name] = value?.DeepClone();
        }

        return document;
    }

    private async Task Answer(HttpContext context)
    {
        var reads = Interlocked.Increment(ref _reads);
        var path = context.Request.Path.Value!["/v1/".Length..];
        var (status, errors) = context.Request switch
        {
            { Method: not "GET" } => (HttpStatusCode.MethodNotAllowed, "unsupported operation"),
            _ when context.Request.Headers["X-Vault-Token"] != Token => (HttpStatusCode.Forbidden, "permission denied"),
            _ when path.StartsWith(Forbidden, StringComparison.Ordinal) =>
                (HttpStatusCode.Forbidden, "1 error occurred:\n\t* permission denied\n\n"),
            _ when reads > BreaksAfter => (HttpStatusCode.ServiceUnavailable, "Vault is sealed"),
            _ when Hiccups && reads % 7 == 0 => (HttpStatusCode.InternalServerError, "internal error"),
            _ when Hiccups && reads % 7 == 3 => (HttpStatusCode.TooManyRequests, "request path \"x\": rate limit quota exceeded"),
            _ => (HttpStatusCode.OK, ""),
        };
        if (status != HttpStatusCode.OK)
        {
            await Write(context, status, new JsonObject { ["errors"] = new JsonArray(errors) });
            return;
        }

        var isKnown = context.Request.Headers["X-Vault-Namespace"].ToString() == Namespace;
        var data = !isKnown ? null : context.Request.Query["list"] == "true" ? Keys(path + "/") : _documents.GetValueOrDefault(path);
        await (data is null
            ? Write(context, HttpStatusCode.NotFound, new JsonObject { ["errors"] = new JsonArray() })
            : Write(context, HttpStatusCode.OK, new JsonObject
            {
                ["request_id"] = Guid.NewGuid().ToString(), ["lease_id"] = "", ["renewable"] = false, ["lease_duration"] = 0,
                ["data"] = data.DeepClone(), ["wrap_info"] = null, ["warnings"] = null, ["auth"] = null,
            }));
    }

    private JsonObject? Keys(string below)
    {
        var keys = _documents.Keys.Where(path => path.StartsWith(below, StringComparison.Ordinal)).Select(path => path[below.Length..])
            .Order(StringComparer.Ordinal).ToArray();
        return keys.Length == 0
            ? null
            : new JsonObject { ["keys"] = JsonSerializer.SerializeToNode(keys), ["key_info"] = new JsonObject() };
    }

    private static Task Write(HttpContext context, HttpStatusCode status, JsonObject body)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
