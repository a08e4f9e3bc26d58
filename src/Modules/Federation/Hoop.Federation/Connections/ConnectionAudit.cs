namespace Hoop.Federation.Connections;

/// <summary>What the audit trail says about a connection: how it is wired, and the names of its secrets.</summary>
internal static class ConnectionAudit
{
    public static AuditFields Of(ConnectionView connection) => new()
    {
        { "name", connection.Name },
        { "type", connection.Type },
        { "subtype", connection.Subtype },
        { "agent_id", connection.AgentId?.ToString() },
        { "secret_names", connection.Secret.Keys.Order(StringComparer.Ordinal).ToArray() },
    };
}
