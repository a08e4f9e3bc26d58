using Hoop.Shared.Jose;
using Npgsql;

namespace Hoop.Bench;

/// <summary>
/// POST /api/spiffe-mappings: the mapping, its agent's lock and the audit row in one transaction, against a bare single insert of
/// the same mapping.
/// </summary>
internal static class CreateBench
{
    private const string CountSql = """
        SELECT (SELECT count(*) FROM spiffe.mappings WHERE starts_with(spiffe_id, 'spiffe://bench.example/new/gateway/')),
               (SELECT count(*) FROM identity.audit_events WHERE resource_type = 'spiffe_mapping' AND action = 'create')
        """;

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        await using var bed = await Bed.Make(server, "create", 1_000, 1, BenchKey.KeySet(key), cancellationToken);
        await Answers.DemandSame(
            bed,
            [Request("same")],
            node => new[] { "id", "spiffe_id", "created_at", "updated_at" }.ToList().ForEach(name => node.AsObject().Remove(name)),
            cancellationToken);
        var series = await Rounds.Run(
            plan,
            "create",
            [new HttpLoad("gateway create", bed.Gateway, [Request("gateway")], Answers.Created),
                new HttpLoad("bare insert", bed.Bare, [Request("bare")], Answers.Created)],
            cancellationToken);

        var (mappings, audited) = await Count(bed, cancellationToken);
        var figure = series["gateway create"].Over(
            series["bare insert"], "create.bare", "create a mapping with its audit row ÷ bare insert of the mapping alone", 0.75);

        // One more row each, from the request that compared the two programs.
        return [audited == mappings + 1
            ? figure
            : figure with { Median = 0, Wrong = $"{mappings} mappings, but {audited - 1} audit rows" }, .. Cpu()];

        IEnumerable<Figure> Cpu() =>
            [series["gateway create"].CpuOver(series["bare insert"], "create.cpu", "the same: processor time for each request")];
    }

    public static BenchRequest Request(string side) => new(
        "POST",
        "/api/spiffe-mappings",
        Bed.AdminToken,
        $$"""{"trust_domain":"{{Bed.TrustDomain}}","spiffe_id":"spiffe://{{Bed.TrustDomain}}/new/{{side}}/{{BenchRequest.Unique}}","agent_id":"{{Bed.Agent}}","groups":["workers","production"]}""",
        $"spiffe://{Bed.TrustDomain}/new/{side}/");

    private static async Task<(long Mappings, long Audited)> Count(Bed bed, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlConnection(bed.Connection.ConnectionString + ";Pooling=false");
        await open.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(CountSql, open);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
