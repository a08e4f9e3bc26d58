using Hoop.Shared;
using Hoop.Spiffe.Mappings;
using Npgsql;

namespace Hoop.Bench;

/// <summary>A database with a known number of mappings, and the gateway and the bare program on it.</summary>
internal sealed class Bed : IAsyncDisposable
{
    public const string AdminToken = "bench-admin-token-0123456789";
    // Gateways of one database share their key. Nothing of a benchmark is secret.
    private const string EncryptionKey = "YmVuY2htYXJrcyBvbmx5OiAzMiBieXRlcyBvZiBpdC4=";

    public const string TrustDomain = "bench.example";
    public const string LongPrefix = $"spiffe://{TrustDomain}/long/";
    public const string Agent = "00000000-0000-4000-8000-000000000001";

    // Identity's statement behind /api/userinfo.
    private const string OrganizationSql = "SELECT name FROM identity.organizations WHERE id = @OrgId";

    private const string SeedAgentsSql = """
        INSERT INTO spiffe.agents (id, org_id, name)
        SELECT CASE WHEN o = 0 THEN @Agent ELSE md5('agent' || o)::uuid END,
               CASE WHEN o = 0 THEN @OrgId ELSE md5('org' || o)::uuid END, 'agent-0'
        FROM generate_series(0, @Organizations - 1) AS o
        """;

    // Within an organization every other mapping is exact. The prefixes have five lengths whatever the size of the table, so that only
    // the number of rows differs.
    private const string SeedMappingsSql = """
        INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_id, groups)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
               CASE WHEN i % @Organizations = 0 THEN @OrgId ELSE md5('org' || i % @Organizations)::uuid END,
               @TrustDomain,
               CASE WHEN j % 2 = 0 THEN 'spiffe://' || @TrustDomain || '/ns/n' || lpad(j::text, 7, '0') || '/sa/worker' END,
               CASE WHEN j % 2 = 1 THEN 'spiffe://' || @TrustDomain || '/' || repeat('s/', (j / 2) % 5) || 't'
                 || lpad(j::text, 7, '0') || '/' END,
               CASE WHEN i % @Organizations = 0 THEN @Agent ELSE md5('agent' || i % @Organizations)::uuid END,
               ARRAY['workers', 'production']
        FROM generate_series(0, @Rows - 1) AS i
        CROSS JOIN LATERAL (SELECT i / @Organizations AS j) AS within
        """;

    private const string SeedLongSql = """
        INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_prefix, agent_id)
        VALUES ('00000000-0000-7000-8000-ffffffffffff', @OrgId, @TrustDomain, @Prefix, @Agent)
        """;

    private const string SampleSql = """
        SELECT id, coalesce(spiffe_id, spiffe_prefix)
        FROM spiffe.mappings
        WHERE org_id = @OrgId AND (spiffe_id IS NOT NULL) = @Exact AND spiffe_prefix IS DISTINCT FROM @Long
        ORDER BY md5(id::text || 'sample')
        LIMIT 1000
        """;

    private readonly string _name;
    private readonly string _bundle;
    private readonly IReadOnlyDictionary<string, string> _more;
    private (string Variable, string Value)[] _bareSettings = [];
    private int _started;

    private Bed(NpgsqlConnectionStringBuilder connection, string name, string bundle, IReadOnlyDictionary<string, string> more) =>
        (Connection, _name, _bundle, _more) = (connection, name, bundle, more);

    public NpgsqlConnectionStringBuilder Connection { get; }

    public BenchProcess Gateway { get; private set; } = null!;

    public BenchProcess Bare { get; private set; } = null!;

    /// <param name="bundle">The trust domain's keys, a JWKS.</param>
    /// <param name="bareSettings">What the bare program is told besides.</param>
    public static Task<Bed> Make(
        BenchServer server, string name, int rows, int organizations, string bundle, CancellationToken cancellationToken,
        params (string Variable, string Value)[] bareSettings) => Make(
            server, name, rows, organizations, bundle, new Dictionary<string, string>(), cancellationToken, bareSettings);

    /// <param name="more">What the gateway is told besides.</param>
    public static async Task<Bed> Make(
        BenchServer server, string name, int rows, int organizations, string bundle, IReadOnlyDictionary<string, string> more,
        CancellationToken cancellationToken, params (string Variable, string Value)[] bareSettings)
    {
        Progress.Say($"preparing {rows:N0} mappings in {organizations:N0} organization{(organizations == 1 ? "" : "s")}");
        var bed = new Bed(await server.CreateDatabase(name, cancellationToken), name, bundle, more) { _bareSettings = bareSettings };
        try
        {
            // The gateway brings the schema.
            bed.Gateway = await bed.StartGateway(cancellationToken);
            await bed.Seed(rows, organizations, cancellationToken);
            bed.Bare = await bed.StartBare(cancellationToken);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more gateway on this database, ready; whoever asked for it ends it.</summary>
    /// <param name="program">The form that ./publish.sh makes; null for the built one.</param>
    public Task<BenchProcess> StartGateway(CancellationToken cancellationToken, string? program = null) => BenchProcess.Start(
        program ?? Path.Combine(Folders.Root, "src/Host/bin/Release/net10.0/hoop-gateway.dll"),
        "HOOP_LISTEN",
        GatewaySettings(Connection, $"{_name}-{++_started}", _bundle).Concat(_more).ToDictionary(StringComparer.Ordinal),
        "/healthz/ready",
        cancellationToken);

    public Task<BenchProcess> StartBare(CancellationToken cancellationToken) => BenchProcess.Start(
        Path.Combine(Folders.Root, "bench/Bare/bin/Release/net10.0/bare.dll"),
        "BARE_LISTEN",
        BareSettings(),
        "/plain",
        cancellationToken);

    /// <summary>What a gateway on this database is told; also for one inside this process.</summary>
    public static Dictionary<string, string> GatewaySettings(NpgsqlConnectionStringBuilder connection, string name, string bundle) =>
        new(StringComparer.Ordinal)
        {
            ["HOOP_DATABASE_URL"] = connection.ConnectionString,
            ["HOOP_DATA_DIR"] = Path.Combine(Folders.Scratch, $"gateway-{name}"),
            ["HOOP_ADMIN_TOKEN"] = AdminToken,
            ["HOOP_ENCRYPTION_KEY"] = EncryptionKey,
            ["HOOP_LOG_LEVEL"] = "warning",
            ["HOOP_QUOTA_ENTITIES"] = "20000000",
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = TrustDomain,
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = bundle,
        };

    /// <summary>Up to a thousand mappings of the default organization: the id, and the identity or the prefix.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Match)>> Sample(bool exact, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlConnection(Connection.ConnectionString + ";Pooling=false");
        await open.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(SampleSql, open);
        command.Parameters.AddWithValue("OrgId", DefaultOrganization.Id);
        command.Parameters.AddWithValue("Exact", exact);
        command.Parameters.AddWithValue("Long", LongPrefix);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(Guid, string)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetGuid(0), reader.GetString(1)));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in new[] { Gateway, Bare })
        {
            if (program is not null)
            {
                await program.DisposeAsync();
            }
        }
    }

    private Dictionary<string, string> BareSettings() => new(
        _bareSettings.Select(one => KeyValuePair.Create(one.Variable, one.Value)), StringComparer.Ordinal)
    {
        ["BARE_DATABASE"] = Connection.ConnectionString,
        ["BARE_ORG_ID"] = DefaultOrganization.Id.ToString(),
        ["BARE_RESOLVE_SQL"] = MappingLookup.ResolveSql,
        ["BARE_CREATE_SQL"] = CreateMapping.Handler.CreateSql,
        ["BARE_ORGANIZATION_SQL"] = OrganizationSql,
        ["BARE_STATEMENTS"] = IdentityBench.Statements,
    };

    private async Task Seed(int rows, int organizations, CancellationToken cancellationToken)
    {
        (string, object) org = (
            "OrgId",
            DefaultOrganization.Id), agent = ("Agent", Guid.Parse(Agent)), domain = ("TrustDomain", TrustDomain), many = (
                "Organizations", organizations);
        await BenchServer.Execute(Connection, SeedAgentsSql, cancellationToken, org, agent, many);
        await BenchServer.Execute(Connection, SeedMappingsSql, cancellationToken, org, agent, domain, many, ("Rows", rows));
        await BenchServer.Execute(Connection, SeedLongSql, cancellationToken, org, agent, domain, ("Prefix", LongPrefix));
        await BenchServer.Execute(Connection, "VACUUM ANALYZE", cancellationToken);
    }
}
