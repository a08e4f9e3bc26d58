using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace Bare;

/// <summary>The statements, each by one command with typed parameters.</summary>
internal sealed class Statements(NpgsqlDataSource database, string resolveSql, string createSql, string organizationSql)
{
    public async Task<Resolution> Resolve(Guid orgId, string spiffeId, int most, CancellationToken cancellationToken)
    {
        var authority = spiffeId.IndexOf('/', "spiffe://".Length);
        var trustDomain = spiffeId["spiffe://".Length..(authority < 0 ? spiffeId.Length : authority)];
        await using var command = Command(resolveSql);
        command.Parameters.Add(new NpgsqlParameter<Guid>("OrgId", orgId));
        command.Parameters.Add(new NpgsqlParameter<string>("SpiffeId", spiffeId));
        command.Parameters.Add(new NpgsqlParameter<string>("TrustDomain", trustDomain));
        command.Parameters.Add(new NpgsqlParameter<int>("Most", most));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Mapping? winner = null;
        var agentName = "";
        var candidates = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            candidates.Add(reader.GetGuid(0));
            if (winner is null)
            {
                winner = Row(reader);
                agentName = reader.IsDBNull(10) ? "" : reader.GetString(10);
            }
        }

        return new Resolution(
            spiffeId, trustDomain, winner, winner?.SpiffePrefix is { } prefix
                ? spiffeId[prefix.Length..]
                : "", agentName, winner?.AgentId, winner?.Groups ?? [], candidates,
            winner is null ? new Refusal("no_mapping", "no mapping of the organization matches this identity") : null);
    }

    /// <summary>The account of issuer and subject.</summary>
    public async Task<string?> Account(Guid orgId, string issuer, string subject, CancellationToken cancellationToken)
    {
        await using var command = Command(
            "SELECT name, groups, status, expires_at FROM service_accounts.accounts WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject");
        command.Parameters.Add(new NpgsqlParameter<Guid>("OrgId", orgId));
        command.Parameters.Add(new NpgsqlParameter<string>("Issuer", issuer));
        command.Parameters.Add(new NpgsqlParameter<string>("Subject", subject));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetString(2) : null;
    }

    public async Task<Mapping?> Create(Guid orgId, NewMapping input, CancellationToken cancellationToken)
    {
        await using var command = Command(createSql);
        command.Parameters.Add(new NpgsqlParameter<Guid>("Id", Guid.CreateVersion7()));
        command.Parameters.Add(new NpgsqlParameter<Guid>("OrgId", orgId));
        command.Parameters.Add(Text("TrustDomain", input.TrustDomain));
        command.Parameters.Add(Text("SpiffeId", input.SpiffeId));
        command.Parameters.Add(Text("SpiffePrefix", input.SpiffePrefix));
        command.Parameters.Add(
            new NpgsqlParameter("AgentId", NpgsqlDbType.Uuid) { Value = input.AgentId is { } agent ? agent : DBNull.Value });
        command.Parameters.Add(Text("AgentTemplate", input.AgentTemplate));
        command.Parameters.Add(new NpgsqlParameter<string[]>("Groups", input.Groups ?? []));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Row(reader) : null;
    }

    public async Task<string?> OrganizationName(Guid orgId, CancellationToken cancellationToken)
    {
        await using var command = Command(organizationSql);
        command.Parameters.Add(new NpgsqlParameter<Guid>("OrgId", orgId));
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

#pragma warning disable CA2100 // The driver's constants; no request has a part in them.
    private NpgsqlCommand Command(string sql) => database.CreateCommand(sql);
#pragma warning restore CA2100

    private static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlDbType.Text) { Value = value is null ? DBNull.Value : value };

    private static Mapping Row(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), TextOrNull(reader, 3), TextOrNull(reader, 4), reader.IsDBNull(5)
            ? null
            : reader.GetGuid(5), TextOrNull(reader, 6),
        reader.GetFieldValue<string[]>(7), reader.GetDateTime(8), reader.GetDateTime(9));

    private static string? TextOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}

internal sealed record Question(string? SpiffeId);

internal sealed record NewMapping(
    string? TrustDomain, string? SpiffeId, string? SpiffePrefix, Guid? AgentId, string? AgentTemplate, string[]? Groups);

internal sealed record Refusal(string Code, string Reason);

internal sealed record Mapping(
    Guid Id,
    Guid OrgId,
    string TrustDomain,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SpiffeId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SpiffePrefix,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? AgentId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AgentTemplate,
    string[] Groups,
    DateTime CreatedAt,
    DateTime UpdatedAt);

internal sealed record Resolution(
    string SpiffeId,
    string TrustDomain,
    Mapping? Mapping,
    string WorkloadIdentifier,
    string AgentName,
    Guid? AgentId,
    string[] Groups,
    List<Guid> Candidates,
    Refusal? Refused);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Question))]
[JsonSerializable(typeof(NewMapping))]
[JsonSerializable(typeof(Resolution))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class BareJson : JsonSerializerContext;
