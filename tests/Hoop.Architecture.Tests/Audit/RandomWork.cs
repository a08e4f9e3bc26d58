using System.Globalization;
using System.Text.Json;
using Hoop.Testing;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>Creates, changes and deletes things of every kind, in an order that a seed decides. Refusals are part of the work.</summary>
internal sealed class RandomWork(HttpClient client, Random random)
{
    private readonly Dictionary<string, List<string>> _made = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _statuses = new(StringComparer.Ordinal);
    private int _names;

    /// <summary>Agents that took something with them.</summary>
    public int Cascades { get; private set; }

    public string Summary => string.Join(", ", _statuses.Select(status => $"{status.Key}: {status.Value}"));

    public async Task Run(int operations)
    {
        await client.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });
        Func<Task>[] kinds =
        [
            CreateAgent, CreateMapping, CreateMapping, CreateTrustDomain, CreateConnection, CreateConnection, SetPolicy, SetPolicy,
                CreateServiceAccount, CreateToken, SetEntity,
            DeleteAgent, DeleteMapping, ChangeMapping, DeleteTrustDomain, DeleteConnection, ChangeConnection, DeletePolicy,
                DeleteServiceAccount, DeleteToken, DeleteEntity,
            DeleteEntities, SwitchFlag,
            SetEntity, SetAlias, SetAlias, MoveAlias, DeleteAlias, MergeEntities, SetGroup, SetGroup, RenameGroup, ChangeMembers,
                SetGroupAlias, DeleteGroup,
        ];
        for (var i = 0; i < operations; i++)
        {
            await kinds[random.Next(kinds.Length)]();
        }

        // Whatever the seed decided: an agent that is named goes, with what names it.
        await CreateAgent();
        var agent = _made["agent"][^1];
        await CreateMappingTo(agent);
        await CreateConnectionOf(agent);
        _made["agent"].RemoveAll(each => each != agent);
        await DeleteAgentWith(agent, cascade: true);
    }

    private Task CreateAgent() => Make("agent", "/api/agents", new { name = Name() });

    private Task CreateMapping() => Any("agent") is { } agent && random.Next(3) > 0
        ? CreateMappingTo(agent)
        : Make(
            "mapping",
            "/api/spiffe-mappings",
            new
            {
                trust_domain = "replay.example",
                spiffe_prefix = $"spiffe://replay.example/{Name()}/",
                agent_template = "x-{{.WorkloadIdentifier}}",
                groups = new[] { "a", "b" }
            });

    private Task CreateMappingTo(string agent) =>
        Make(
            "mapping",
            "/api/spiffe-mappings",
            new { trust_domain = "replay.example", spiffe_id = $"spiffe://replay.example/{Name()}", agent_id = agent });

    private Task ChangeMapping() => On("mapping", id => Send(HttpMethod.Put, $"/api/spiffe-mappings/{id}", new
    {
        trust_domain = "replay.example",
        spiffe_prefix = $"spiffe://replay.example/{Name()}/",
        agent_template = "y-{{.WorkloadIdentifier}}",
        groups = new[] { "c" },
    }));

    private Task DeleteMapping() => On("mapping", id => Send(HttpMethod.Delete, $"/api/spiffe-mappings/{id}"));

    private Task CreateTrustDomain() => Make("trust domain", "/api/trust-domains", new
    {
        name = $"{Name().ToLowerInvariant()}.example",
        bundle_jwks = JsonElement.Parse("""{"keys": []}"""),
    });

    private Task DeleteTrustDomain() => On("trust domain", id => Send(HttpMethod.Delete, $"/api/trust-domains/{id}"));

    private Task CreateConnection() => On("agent", CreateConnectionOf);

    private Task CreateConnectionOf(string agent) =>
        Make("connection", "/api/connections", new { name = Name(), type = "custom", command = new[] { "bq" }, agent_id = agent });

    private Task ChangeConnection() => On("connection", id => On("agent", agent =>
        Send(HttpMethod.Put, $"/api/connections/{id}", new { type = "database", subtype = "postgres", agent_id = agent })));

    private Task DeleteConnection() => On("connection", id => Send(HttpMethod.Delete, $"/api/connections/{id}"));

    private Task SetPolicy() => On("connection", id => Send(HttpMethod.Put, $"/api/connections/{id}/federation", new
    {
        hook_source = "builtin",
        builtin_provider = "gcp_iam",
        identity_target_template = "{user.email_local}@my-proj.iam.gserviceaccount.com",
        token_ttl_seconds = 600 + random.Next(1000),
        extra_config = new { project_id = "my-proj" },
    }));

    private Task DeletePolicy() => On("connection", id => Send(HttpMethod.Delete, $"/api/connections/{id}/federation"));

    private Task CreateServiceAccount() =>
        Make(
            "account",
            "/api/serviceaccounts",
            new { subject = Name(), name = "Robot", status = "active", groups = new[] { "ops" } },
            "subject");

    private Task DeleteServiceAccount() => On("account", subject => Send(HttpMethod.Delete, $"/api/serviceaccounts/{subject}"));

    private Task CreateToken() => Make("token", "/api/api-tokens", new { name = Name(), groups = new[] { "readers" } });

    private Task DeleteToken() => On("token", id => Send(HttpMethod.Delete, $"/api/api-tokens/{id}"));

    private async Task SetEntity()
    {
        var reply = await Send(
            HttpMethod.Post, "/v1/identity/entity", new { name = $"e-{random.Next(20)}", policies = new[] { "default" } });
        if (reply.Response.IsSuccessStatusCode)
        {
            Keep("entity", reply.Body.GetProperty("data").GetProperty("id").GetString()!);
        }
    }

    private Task DeleteEntity() => On("entity", id => Send(HttpMethod.Delete, $"/v1/identity/entity/id/{id}"));

    private Task DeleteEntities() => On("entity", first => On("entity", second =>
        Send(HttpMethod.Post, "/v1/identity/entity/batch-delete", new { entity_ids = new[] { first, second } })));

    private async Task SetAlias()
    {
        var accessor = await Accessor();
        await On("entity", entity => MakeInStore(
            "alias", "/v1/identity/entity-alias", new { name = $"a-{random.Next(20)}", mount_accessor = accessor, canonical_id = entity }));
    }

    private Task MoveAlias() => On("alias", alias => On("entity", entity =>
        Send(HttpMethod.Post, $"/v1/identity/entity-alias/id/{alias}", new { name = $"a-{random.Next(20)}", canonical_id = entity })));

    private Task DeleteAlias() => On("alias", id => Send(HttpMethod.Delete, $"/v1/identity/entity-alias/id/{id}"));

    private Task MergeEntities() => On("entity", from => On("entity", to => Send(HttpMethod.Post, "/v1/identity/entity/merge", new
    {
        from_entity_ids = new[] { from },
        to_entity_id = to,
        conflicting_alias_ids_to_keep = Any("alias"),
    })));

    private Task SetGroup() => MakeInStore("group", "/v1/identity/group", new
    {
        name = $"g-{random.Next(12)}",
        policies = new[] { "default" },
        member_entity_ids = new[] { Any("entity"), Any("entity") }.OfType<string>(),
        member_group_ids = random.Next(3) == 0 ? new[] { Any("group") }.OfType<string>() : [],
    });

    private Task RenameGroup() => On("group", id => Send(HttpMethod.Post, $"/v1/identity/group/id/{id}", new { name = $"g-{random.Next(12)}" }));

    private Task ChangeMembers() => On("group", id => On("entity", come => On("entity", go =>
        Send(HttpMethod.Post, $"/v1/identity/group/id/{id}/members", new { add_entity_ids = come, remove_entity_ids = go }))));

    private async Task SetGroupAlias()
    {
        var accessor = await Accessor();
        await MakeInStore("external", "/v1/identity/group", new { name = $"x-{random.Next(6)}", type = "external" });
        await On("external", id => MakeInStore(
            "group alias", "/v1/identity/group-alias", new { name = $"a-{random.Next(6)}", mount_accessor = accessor, canonical_id = id }));
    }

    private Task DeleteGroup() => On(random.Next(3) == 0 ? "external" : "group", id => Send(HttpMethod.Delete, $"/v1/identity/group/id/{id}"));

    private async Task<string> Accessor()
    {
        var mount = new[] { "token", "spiffe", "agent-key" }[random.Next(3)];
        return (await Send(HttpMethod.Get, $"/v1/sys/auth/{mount}"))["data"].GetProperty("accessor").GetString()!;
    }

    private async Task MakeInStore(string kind, string path, object body)
    {
        var reply = await Send(HttpMethod.Post, path, body);
        if (reply.Status == System.Net.HttpStatusCode.OK)
        {
            Keep(kind, reply["data"].GetProperty("id").GetString()!);
        }
    }

    private Task SwitchFlag() =>
        Send(HttpMethod.Put, "/api/feature-flags/experimental.iam_federation", new { enabled = random.Next(4) > 0 });

    private Task DeleteAgent() => On("agent", id => DeleteAgentWith(id, cascade: random.Next(2) == 0));

    private async Task DeleteAgentWith(string agent, bool cascade)
    {
        var reply = await Send(HttpMethod.Delete, cascade ? $"/api/agents/{agent}?cascade=true" : $"/api/agents/{agent}");
        if (cascade && reply["deleted_with_it"].GetArrayLength() > 0)
        {
            Cascades++;
        }
    }

    private async Task Make(string kind, string path, object body, string key = "id")
    {
        var reply = await Send(HttpMethod.Post, path, body);
        if (reply.Response.IsSuccessStatusCode)
        {
            Keep(kind, reply.Text(key)!);
        }
    }

    private async Task<Reply> Send(HttpMethod method, string path, object? body = null)
    {
        var reply = await client.Send(method, path, body);
        var status = ((int)reply.Status).ToString(CultureInfo.InvariantCulture);
        _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
        return (int)reply.Status < 500 ? reply : throw new InvalidOperationException($"{method} {path} answered {status}: {reply.Body}");
    }

    // What is gone stays in the list: another deletion of it is part of the work.
    private Task On(string kind, Func<string, Task> act) => Any(kind) is { } one ? act(one) : Task.CompletedTask;

    private string? Any(string kind) => _made.TryGetValue(kind, out var made) && made.Count > 0 ? made[random.Next(made.Count)] : null;

    private void Keep(string kind, string id)
    {
        if (!_made.TryGetValue(kind, out var made))
        {
            _made[kind] = made = [];
        }

        made.Add(id);
    }

    private string Name() => $"thing-{++_names}";
}
