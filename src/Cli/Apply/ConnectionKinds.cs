using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Apply;

/// <summary>
/// Connections and their federation policies. Secrets come from files and variables, never from the document, and what is told of them is
/// their names.
/// </summary>
internal static class ConnectionKinds
{
    private const int PageSize = ManifestKinds.PageSize;

    /// <summary>In place of a digest, which an older gateway does not tell.</summary>
    private const string Stored = "stored";

    private static readonly string[] PolicyMembers =
    [
        "builtin_provider", "identity_source_attribute", "identity_target_template", "fallback_policy", "readonly_principal",
        "token_ttl_seconds", "extra_config",
    ];

    public static readonly ManifestKind Connection = new("connection")
    {
        Aliases = ["conn"],
        Members = ["name", "type", "subtype", "command", "agent", "agent_id", "secrets"],
        Required = ["name"],
        Exclusive = [["agent", "agent_id"]],
        SecretMembers = ["secrets"],
        NameOf = body => body.Text("name"),
        Load = async (call, _) =>
        {
            var agents = (await ManifestKinds.Rows(call, hoop => hoop.Agents.List(pageSize: PageSize))).ToLookup(
                agent => agent.Text("id"), agent => agent.Text("name"), StringComparer.Ordinal);
            return
            [
                .. (await ManifestKinds.Rows(call, hoop => hoop.Connections.List(PageSize))).Select(row => ExistingConnection(row, agents)),
            ];
        },
        Secrets = ConnectionDifferences,
        Write = async (call, write) =>
        {
            var body = write.Body.Without("agent", "secrets");
            if (write.Body.Text("agent") is { Length: > 0 } agent)
            {
                body["agent_id"] = await AgentReference.IdOf(call, agent);
            }

            if (write.There is null || write.Changes("secrets"))
            {
                body["secret"] = new JsonObject(SecretsOf(write.Manifest).Select(
                    secret => KeyValuePair.Create(secret.Key, (JsonNode?)Convert.ToBase64String(secret.Value))));
            }

            var typed = body.As(HoopJson.Default.ConnectionBody);
            _ = write.There is { } there
                ? await call.Api.Do(hoop => hoop.Connections.Update(there.Id, typed, call.Stop))
                : await call.Api.Do(hoop => hoop.Connections.Create(typed, call.Stop));
        },
        Delete = (call, there) => call.Api.Do(hoop => hoop.Connections.Delete(there.Id, call.Stop)),
    };

    public static readonly ManifestKind Federation = new("federation")
    {
        Aliases = ["federation-policy"],
        Members = ["connection", "credentials", .. PolicyMembers],
        Required = ["connection", "builtin_provider", "identity_target_template"],
        SecretMembers = ["credentials"],
        NameOf = body => body.Text("connection"),
        Load = async (call, wanted) =>
        {
            var there = new List<Existing>();

            // Those that are asked for, and with --prune alone all: a policy has no list of its own.
            var names = wanted.Count > 0 && !call.Prunes ? wanted.Select(manifest => manifest.Name)
                : (await ManifestKinds.Rows(call, hoop => hoop.Connections.List(PageSize))).Select(row => row.Text("name")!);
            foreach (var name in names)
            {
                if (await call.Api.Find(hoop => hoop.Federation.GetPolicy(Api.Name(name), call.Stop)) is { } answer)
                {
                    var body = ManifestKinds.Taken(answer.Object, PolicyMembers);
                    body["connection"] = name;
                    there.Add(new Existing(name, body, 
                        answer.Object.IsTrue("has_admin_credentials") ? answer.Object.Text("credentials_sha256") ?? Stored : ""));
                }
            }

            return there;
        },

        // Stored credentials cannot be read; the gateway tells their digest. One of before does not: they are given once, and again when
        // somebody asks for that.
        Secrets = (call, manifest, there) => Task.FromResult<IReadOnlyList<Difference>>(
            manifest.Body["credentials"] is { } source && (call.ReplacesCredentials || !IsStored(manifest, source, there?.Id))
                ? [new Difference("credentials", From: null, To: null)]
                : []),
        Write = async (call, write) =>
        {
            var body = write.Body.Without("connection", "credentials");
            body["hook_source"] = "builtin";
            if (write.Changes("credentials"))
            {
                body["admin_credentials_json"] = Encoding.UTF8.GetString(Value(write.Manifest, "credentials", write.Manifest.Body["credentials"]));
            }

            call.Warnings((await call.Api.Do(hoop => hoop.Federation.SetPolicy(
                Api.Name(write.Manifest.Name), body.As(HoopJson.Default.PolicyBody), cancellationToken: call.Stop))).Object);
        },
        Delete = (call, there) => call.Api.Do(hoop => hoop.Federation.DeletePolicy(there.Name, call.Stop)),
    };

    private static bool IsStored(Manifest manifest, JsonNode source, string? stored) => stored == Stored
        || stored == Convert.ToHexStringLower(SHA256.HashData(Value(manifest, "credentials", source)));

    private static Existing ExistingConnection(JsonElement row, ILookup<string?, string?> agents)
    {
        var body = ManifestKinds.Taken(row, ["name", "type", "subtype", "command"]);
        if (row.Text("agent_id") is { } id)
        {
            var name = agents[id].FirstOrDefault();
            body[name is null ? "agent_id" : "agent"] = name ?? id;
        }

        return new Existing(row.Text("name")!, body, row.Text("id")!);
    }

    /// <summary>
    /// By name first; where the names are the same the stored values are read, which the audit trail shows, and compared here.
    /// </summary>
    private static async Task<IReadOnlyList<Difference>> ConnectionDifferences(Call call, Manifest manifest, Existing? there)
    {
        if (manifest.Body["secrets"] is null)
        {
            return [];
        }

        var wanted = SecretsOf(manifest);
        if (there is null)
        {
            return [.. wanted.Keys.Select(key => new Difference($"secrets.{key}", From: null, To: null))];
        }

        var names = (await call.Api.Do(hoop => hoop.Connections.Get(there.Id, "names", call.Stop))).Object.Members("secret")
            .Select(secret => secret.Name).ToHashSet(StringComparer.Ordinal);
        if (!names.SetEquals(wanted.Keys))
        {
            return
            [
                .. wanted.Keys.Except(names, StringComparer.Ordinal).Concat(names.Except(wanted.Keys, StringComparer.Ordinal))
                    .Order(StringComparer.Ordinal).Select(key => new Difference($"secrets.{key}", From: null, To: null)),
            ];
        }

        if (wanted.Count == 0)
        {
            return [];
        }

        var stored = (await call.Api.Do(hoop => hoop.Connections.Get(there.Id, secrets: null, call.Stop))).Object.Members("secret")
            .ToDictionary(secret => secret.Name, secret => secret.Value.AsText(), StringComparer.Ordinal);
        return
        [
            .. wanted.Where(secret => stored.GetValueOrDefault(secret.Key) != Convert.ToBase64String(secret.Value))
                .Select(secret => new Difference($"secrets.{secret.Key}", From: null, To: null)),
        ];
    }

    /// <summary><c>PGPASSWORD</c> or <c>envvar:PGPASSWORD</c> is a variable, <c>filesystem:NAME</c> a file.</summary>
    private static Dictionary<string, byte[]> SecretsOf(Manifest manifest)
    {
        if (manifest.Body["secrets"] is not JsonObject secrets)
        {
            return manifest.Body["secrets"] is null ? [] : throw manifest.Problem("secrets has keys, and for each {file: PATH} or {variable: NAME}");
        }

        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, source) in secrets)
        {
            var name = key.Contains(':', StringComparison.Ordinal) ? key : $"envvar:{key}";
            if (!values.TryAdd(name, Value(manifest, $"secrets.{key}", source)))
            {
                throw manifest.Problem($"secrets.{key} is given twice");
            }
        }

        return values;
    }

    /// <summary>What a member that is secret names.</summary>
    public static byte[] Value(Manifest manifest, string field, JsonNode? source)
    {
        const string Rule = "a secret comes from {file: PATH} or {variable: NAME}; what is no secret from {value: TEXT}";
        if (source is not JsonObject { Count: 1 } from)
        {
            throw manifest.Problem($"{field}: {Rule}");
        }

        return from.Single() switch
        {
            { Key: "file", Value: JsonValue path } => InputFile.Bytes(field, path.ToString()),
            { Key: "variable", Value: JsonValue name } => Encoding.UTF8.GetBytes(
                Environment.GetEnvironmentVariable(name.ToString())
                    ?? throw manifest.Problem($"{field}: there is no variable {name} in the environment")),
            { Key: "value", Value: JsonValue text } => Encoding.UTF8.GetBytes(text.ToString()),
            _ => throw manifest.Problem($"{field}: {Rule}"),
        };
    }
}
