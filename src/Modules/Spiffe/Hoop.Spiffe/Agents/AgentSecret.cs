namespace Hoop.Spiffe.Agents;

/// <summary>The two spellings of an agent's key: bare, and inside its DSN.</summary>
/// <param name="Name">The agent's name when a DSN says it; it must then be the agent's.</param>
/// <param name="Secret"><c>xagt-</c> and 43 base64url characters.</param>
internal readonly record struct AgentSecret(string? Name, string Secret)
{
    public const string Prefix = "xagt-";

    /// <summary>The secret is never printed.</summary>
    public override string ToString() => nameof(AgentSecret);

    public static bool TryParse(string key, out AgentSecret parsed)
    {
        parsed = default;
        if (key.StartsWith(Prefix, StringComparison.Ordinal))
        {
            parsed = new AgentSecret(Name: null, key);
            return true;
        }

        var start = key.IndexOf("://", StringComparison.Ordinal);
        var end = key.LastIndexOf('@');
        if (start <= 0 || end < start)
        {
            return false;
        }

        var user = key[(start + 3)..end].Split(':');
        if (user is not [{ Length: > 0 } name, var secret] || !secret.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        parsed = new AgentSecret(name, secret);
        return true;
    }
}
