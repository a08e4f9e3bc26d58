namespace Hoop.Client;

/// <summary>What a client may say about a connection. Members that it may not set (id, status, times) are ignored.</summary>
/// <param name="Secret">On an update: absent keeps what is stored, {} removes it.</param>
public sealed record ConnectionBody(
    string? Name = null,
    string? Type = null,
    string? Subtype = null,
    IReadOnlyList<string>? Command = null,
    IReadOnlyDictionary<string, string>? Secret = null,
    Guid? AgentId = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(ConnectionBody)} {{ Name = {Name} }}";
}

/// <summary>How a connection looks to API clients.</summary>
/// <param name="Command">Empty for readers who are neither admins nor auditors.</param>
/// <param name="Secret">The names, for admins and auditors; their values, in base64, only where an admin reads this one
/// connection.</param>
/// <param name="Status">online while its agent is connected.</param>
public sealed record ConnectionView(
    Guid Id,
    string Name,
    string Type,
    string Subtype,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Secret,
    string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    Guid? AgentId = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(ConnectionView)} {{ Id = {Id} }}";
}
