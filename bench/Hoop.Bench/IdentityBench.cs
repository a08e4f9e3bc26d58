using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Identity.Callers;
using Hoop.Identity.Entities;
using Hoop.Identity.Lookup;
using Hoop.Identity.Tokens;
using Hoop.Shared;
using Npgsql;

namespace Hoop.Bench;

/// <summary>
/// The identity store at two sizes: create, read by id and by name, update, lookup by alias, a page of a list, a token that looks itself
/// up, and one whose entity has groups eleven deep; each against the bare program with the same statements.
/// </summary>
internal static class IdentityBench
{
    private const int Asked = 500;

    private const string SeedSql = """
        WITH made AS (
          INSERT INTO identity.entities (id, org_id, name, name_key, policies, metadata)
          SELECT md5('entity' || i)::uuid, @OrgId, 'E' || i, 'e' || i, ARRAY['p' || i % 100], jsonb_build_object('team', 't' || i % 1000)
          FROM generate_series(0, @Rows - 1) AS i
          RETURNING id, name
        )
        INSERT INTO identity.entity_aliases (id, org_id, entity_id, mount, name, accessor, name_key)
        SELECT md5('alias' || made.name)::uuid, @OrgId, made.id, mount.sign_in, 'a-' || made.name, mount.accessor, 'a-' || lower(made.name)
        FROM made
        JOIN identity.mounts AS mount ON mount.path = 'token/'
        """;

    private const string GroupsSql = """
        INSERT INTO identity.groups (id, org_id, name, name_key, type, policies)
        SELECT md5('group' || i)::uuid, @OrgId, 'g' || i, 'g' || i, 'internal', ARRAY['of-g' || i] FROM generate_series(0, 10) AS i
        """;

    private const string NestedSql = """
        INSERT INTO identity.group_groups (org_id, parent_id, child_id)
        SELECT @OrgId, md5('group' || i)::uuid, md5('group' || i - 1)::uuid FROM generate_series(1, 10) AS i
        """;

    private const string MemberSql =
        "INSERT INTO identity.group_entities (org_id, group_id, entity_id) VALUES (@OrgId, md5('group0')::uuid, md5('entity0')::uuid)";

    private const string SampleSql = """
        SELECT name, id FROM identity.entities WHERE org_id = @OrgId AND starts_with(name, 'E') ORDER BY md5(id::text || 'sample') LIMIT 500
        """;

    /// <summary>The gateway's own texts, for the bare program.</summary>
    public static string Statements => JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["create"] = EntityWriter.CreateSql,
        ["update"] = EntityWriter.UpdateSql,
        ["by id"] = EntityReader.ByIdSql,
        ["by name"] = EntityReader.ByNameSql,
        ["aliases"] = EntityReader.AliasesSql,
        ["by alias"] = LookupEntity.Handler.FindByAliasSql,
        ["page"] = ListEntities.Handler.PageByNameSql,
        ["token"] = LookupToken.Handler.FindSql,
        ["policies"] = TokenEntities.PoliciesSql,
        ["rights"] = AdmitHandler.FindTokenEntitySql,
    });

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(Hoop.Shared.Jose.JwsAlgorithm.ES256);
        var beds = new Dictionary<string, Bed>(StringComparer.Ordinal);
        try
        {
            var loads = new List<ILoad>();
            foreach (var size in new[] { plan.Sizes[0], plan.Sizes[^1] })
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"1e{(int)Math.Log10(size)}");
                var bed = beds[name] = await Bed.Make(server, $"store{size}", 1, 1, BenchKey.KeySet(key), cancellationToken);
                await Seed(bed, size, cancellationToken);
                foreach (var (what, gateway, bare) in await Pairs(bed, cancellationToken))
                {
                    loads.Add(new HttpLoad($"gateway {what} {name}", bed.Gateway, gateway, Right));
                    loads.Add(new HttpLoad($"bare {what} {name}", bed.Bare, bare, Right));
                }
            }

            var series = await Rounds.Run(plan, "identity", loads, cancellationToken);
            return [.. Figures(series, [.. beds.Keys])];
        }
        finally
        {
            foreach (var bed in beds.Values)
            {
                await bed.DisposeAsync();
            }
        }
    }

    private static IEnumerable<Figure> Figures(IReadOnlyDictionary<string, Series> series, string[] sizes)
    {
        foreach (var gateway in series.Keys.Where(name => name.StartsWith("gateway ", StringComparison.Ordinal)))
        {
            var what = gateway["gateway ".Length..];
            yield return series[gateway].Over(
                series[$"bare {what}"], $"identity.{what.Replace(' ', '.')}", $"identity, {what}: gateway ÷ bare");
        }

        foreach (var large in series.Keys.Where(name =>
            name.StartsWith("gateway ", StringComparison.Ordinal) && name.EndsWith(sizes[1], StringComparison.Ordinal)))
        {
            var what = large[..^(sizes[1].Length + 1)];
            yield return series[large].Over(
                series[$"{what} {sizes[0]}"], $"identity.flat.{what["gateway ".Length..].Replace(' ', '.')}",
                $"identity, {what["gateway ".Length..]}: {sizes[1]} ÷ {sizes[0]} entities", 0.7);
        }
    }

    private static string? Right(BenchRequest request, int status, string body) =>
        status is 200 && body.Contains(request.Expected, StringComparison.Ordinal)
            ? null
            : $"answer {status}: {(body.Length > 200 ? body[..200] : body)}";

    private static async Task Seed(Bed bed, int rows, CancellationToken cancellationToken)
    {
        Progress.Say($"preparing {rows:N0} entities");
        (string, object) org = ("OrgId", DefaultOrganization.Id);
        await BenchServer.Execute(bed.Connection, SeedSql, cancellationToken, org, ("Rows", rows));
        foreach (var sql in new[] { GroupsSql, NestedSql, MemberSql })
        {
            await BenchServer.Execute(bed.Connection, sql, cancellationToken, org);
        }

        await BenchServer.Execute(bed.Connection, "VACUUM ANALYZE", cancellationToken);
    }

    private static async Task<IReadOnlyList<(string What, IReadOnlyList<BenchRequest> Gateway, IReadOnlyList<BenchRequest> Bare)>> Pairs(
        Bed bed, CancellationToken cancellationToken)
    {
        var sample = await Sample(bed, cancellationToken);
        using var client = new HttpClient { BaseAddress = bed.Gateway.Address };
        var accessor = (await Ask(client, new("GET", "/v1/sys/auth/token", Bed.AdminToken, "", "")))["data"]!["accessor"]!.ToString();
        var plain = await Token(client, "/v1/auth/token/create", new JsonObject { ["policies"] = "default" });
        const string Role = """{"allowed_entity_aliases":"*","allowed_policies":"default"}""";
        await Ask(client, new("POST", "/v1/auth/token/roles/bench", Bed.AdminToken, Role, ""));
        var grouped = await Token(
            client, "/v1/auth/token/create/bench", new JsonObject { ["entity_alias"] = "a-E0", ["policies"] = "default" });
        var zero = sample.Zero.ToString();

        return
        [
            ("create",
                [Post("entity", """{"name":"new-@N@","policies":["p"],"metadata":{"k":"v"}}""", "new-")],
                [Bare("new-", ("create", Changed(BenchRequest.Unique)))]),
            ("update",
                [.. sample.Rows.Select(row => Post($"entity/id/{row.Id}", """{"metadata":{"k":"v"}}""", row.Id.ToString()))],
                [.. sample.Rows.Select(row => Bare(row.Id.ToString(), ("update", Update(row.Id))))]),
            ("read by id",
                [.. sample.Rows.Select(row => Get($"entity/id/{row.Id}", row.Name))],
                [.. sample.Rows.Select(row => Bare(row.Name, ("by id", Id(row.Id)), ("aliases", Id(row.Id))))]),
            ("read by name",
                [.. sample.Rows.Select(row => Get($"entity/name/{row.Name}", row.Id.ToString()))],
                [.. sample.Rows.Select(row => Bare(row.Id.ToString(), ("by name", Name(row.Name)), ("aliases", Id(row.Id))))]),
            ("lookup by alias",
                [.. sample.Rows.Select(row => Post(
                    "lookup/entity", $$"""{"alias_name":"a-{{row.Name}}","alias_mount_accessor":"{{accessor}}"}""", row.Id.ToString()))],
                [.. sample.Rows.Select(row => Bare(
                    row.Id.ToString(), ("by alias", Alias(accessor, row.Name)), ("by id", Id(row.Id)), ("aliases", Id(row.Id))))]),
            ("page of 100",
                [.. sample.Rows.Select(row => Get($"entity/name?list=true&after={row.Name}&limit=100", "\"keys\""))],
                [.. sample.Rows.Select(row => Bare("\"name\"", ("page", Page(row.Name))))]),
            ("lookup-self",
                [new("GET", "/v1/auth/token/lookup-self", plain.Token, "", plain.Accessor)],
                [Bare(plain.Accessor, ("token", Key(plain.Id)))]),
            ("lookup-self groups 10 deep",
                [new("GET", "/v1/auth/token/lookup-self", grouped.Token, "", "of-g10")],
                [Bare("of-g10", ("token", Key(grouped.Id)), ("policies", new JsonObject { ["EntityId"] = zero }))]),
            ("effective groups 10 deep",
                [new("POST", "/v1/sys/capabilities-self", grouped.Token, """{"paths":["a"]}""", "deny")],
                [Bare("of-g10", ("rights", new JsonObject { ["EntityId"] = zero, ["Groups"] = new JsonArray() }))]),
        ];
    }

    private static BenchRequest Get(string path, string expected) => new("GET", "/v1/identity/" + path, Bed.AdminToken, "", expected);

    private static BenchRequest Post(string path, string body, string expected) =>
        new("POST", "/v1/identity/" + path, Bed.AdminToken, body, expected);

    private static BenchRequest Bare(string expected, params (string Sql, JsonObject Args)[] steps) => new(
        "POST",
        "/sql",
        Token: null,
        new JsonArray([.. steps.Select(step => new JsonObject { ["sql"] = step.Sql, ["args"] = step.Args })]).ToJsonString(),
        expected);

    private static JsonObject Id(Guid id) => new() { ["Id"] = id.ToString() };

    private static JsonObject Name(string name) => new() { ["NameKey"] = name.ToLowerInvariant() };

    private static JsonObject Alias(string accessor, string name) => new()
    {
        ["Id"] = null, ["Accessor"] = accessor, ["NameKey"] = $"a-{name.ToLowerInvariant()}",
    };

    private static JsonObject Key(Guid id) => new() { ["Self"] = id.ToString(), ["Hash"] = null, ["Accessor"] = null };

    // As EntityChange.Values has them.
    private static JsonObject Changed(string name) => new()
    {
        ["Id"] = "new id", ["Name"] = $"new-{name}", ["NameKey"] = $"new-{name}", ["Policies"] = new JsonArray("p"), ["Disabled"] = null,
        ["HasMetadata"] = true, ["Metadata"] = """{"k":"v"}""", ["HasOwner"] = false, ["Owner"] = null, ["HasExpiry"] = false,
        ["ExpiresAt"] = null,
    };

    private static JsonObject Update(Guid id)
    {
        var args = Changed("");
        (args["Id"], args["Name"], args["NameKey"], args["Policies"]) = (id.ToString(), "", "", null);
        return args;
    }

    private static JsonObject Page(string after) => new()
    {
        ["AfterName"] = after.ToLowerInvariant(), ["Limit"] = 100, ["NamePrefix"] = null, ["Metadata"] = null, ["Policy"] = null,
        ["Disabled"] = null, ["Alias"] = null,
    };

    private static async Task<(string Token, string Accessor, Guid Id)> Token(HttpClient client, string path, JsonObject body)
    {
        var auth = (await Ask(client, new("POST", path, Bed.AdminToken, body.ToJsonString(), "")))["auth"]!;
        var self = await Ask(client, new("GET", "/api/audit/logs?resource_type=vault_token&page_size=1", Bed.AdminToken, "", ""));
        return (auth["client_token"]!.ToString(), auth["accessor"]!.ToString(), Guid.Parse(self["data"]![0]!["resource_id"]!.ToString()));
    }

    private static async Task<JsonNode> Ask(HttpClient client, BenchRequest request)
    {
        var (status, body) = await request.Send(client, CancellationToken.None);
        return status switch
        {
            204 => new JsonObject(),
            200 => JsonNode.Parse(body)!,
            _ => throw new BenchException($"{request.Method} {request.Path} answered {status}: {body}"),
        };
    }

    private static async Task<(IReadOnlyList<(string Name, Guid Id)> Rows, Guid Zero)> Sample(Bed bed, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlConnection(bed.Connection.ConnectionString + ";Pooling=false");
        await open.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(SampleSql, open);
        command.Parameters.AddWithValue("OrgId", DefaultOrganization.Id);
        var rows = new List<(string, Guid)>(Asked);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add((reader.GetString(0), reader.GetGuid(1)));
            }
        }

        await using var zero = new NpgsqlCommand("SELECT md5('entity0')::uuid", open);
        return (rows, (Guid)(await zero.ExecuteScalarAsync(cancellationToken))!);
    }
}
