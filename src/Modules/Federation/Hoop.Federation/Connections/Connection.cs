using Hoop.Shared.Sealing;

namespace Hoop.Federation.Connections;

/// <summary>A stored connection.</summary>
/// <param name="AgentId">Null after its agent was deleted.</param>
internal sealed record Connection(
    Guid Id, string Name, string Type, string Subtype, string[] Command, Guid? AgentId, string? SecretsKeyId, byte[]? SecretsSealed,
        DateTime CreatedAt, DateTime UpdatedAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns =
        "id, name, type, subtype, command, agent_id, secrets_key_id, secrets_sealed, date_trunc('second', created_at) AS created_at, date_trunc('second', updated_at) AS updated_at";

    public SealedValue? Secrets => SecretsKeyId is null ? null : new SealedValue(SecretsKeyId, SecretsSealed!);

    /// <summary>Opens the secrets; none are an empty set.</summary>
    public Result<ConnectionSecrets> OpenSecrets(SealingKeys keys, Guid orgId)
    {
        if (Secrets is null)
        {
            return ConnectionSecrets.None;
        }

        return keys.Open(ConnectionSecrets.PlaceOf(orgId, Id), Secrets).Succeeded(out var plain, out var error)
            ? ConnectionSecrets.FromPlain(plain)
            : error;
    }
}

/// <summary>How a connection looks to API clients.</summary>
/// <param name="Command">Empty for readers who are neither admins nor auditors.</param>
/// <param name="Secret">
/// The names, for admins and auditors; their values, in base64, only where an admin reads this one connection.
/// </param>
/// <param name="Status"><c>online</c> while its agent is connected.</param>
internal sealed record ConnectionView(
    Guid Id,
    string Name,
    string Type,
    string Subtype,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string?> Secret,
    Guid? AgentId,
    string Status,
    DateTime CreatedAt,
    DateTime UpdatedAt)
{
    public static ConnectionView Of(Connection connection, bool online, ConnectionSecrets secrets) => new(
        connection.Id,
        connection.Name,
        connection.Type,
        connection.Subtype,
        connection.Command,
        secrets.Names(),
        connection.AgentId,
        online ? "online" : "offline",
        connection.CreatedAt,
        connection.UpdatedAt);

    /// <summary>
    /// A command may hold what only administrators should read, and the names of secrets tell where a target keeps what; nobody else needs
    /// them.
    /// </summary>
    public ConnectionView For(Caller? reader) => SeesWiring(reader)
        ? this
        : this with { Command = [], Secret = new Dictionary<string, string?>(StringComparer.Ordinal) };

    public static bool SeesWiring(Caller? reader) => reader?.Role is Role.Admin or Role.Auditor;

    /// <summary>Secrets are not printed.</summary>
    public override string ToString() => $"{nameof(ConnectionView)} {{ Name = {Name} }}";
}

internal static class ConnectionErrors
{
    public static readonly Error NotFound = Error.NotFound("not found");

    /// <summary>The wording of the calls below a connection.</summary>
    public static readonly Error ConnectionNotFound = Error.NotFound("connection not found", "connection_not_found");

    public static readonly Error ForeignCommand = Error.Denied(
        "connection.command: must be the command of a connection of this organization, on the agent of that connection; other commands are not run", "command_not_allowed");

    public static readonly Error NameTaken = Error.Conflict("Connection already exists.");

    public static readonly Error UnknownAgent = Error.Invalid("agent_id: no agent with this id exists", "agent_not_found") with
    {
        Fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["agent_id"] = "no agent with this id exists" },
    };
}
