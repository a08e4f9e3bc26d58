namespace Hoop.Cli.Agent;

/// <summary>
/// HOOP_KEY: a bare key (<c>xagt-…</c>), or the form that names the agent and its gateway as well,
/// <c>SCHEME://NAME:KEY@HOST:PORT?mode=MODE</c>. Taken apart by hand, because a general URL parser normalises what it reads.
/// </summary>
internal sealed class AgentKey
{
    private const string Prefix = "xagt-";

    private AgentKey(string? name, string secret, string? gateway)
    {
        Name = name;
        Secret = secret;
        Gateway = gateway;
    }

    public string? Name { get; }

    /// <summary>What the gateway wants to see.</summary>
    public string Secret { get; }

    /// <summary>An http or https address; null for a bare key.</summary>
    public string? Gateway { get; }

    /// <exception cref="AgentConfigurationException">Neither form. The message does not repeat the value.</exception>
    public static AgentKey Parse(string text, string variable = "HOOP_KEY")
    {
        if (AgentCredential.IsJwt(text))
        {
            throw new AgentConfigurationException(
                $"{variable}: holds a JWT where an agent key belongs; put the JWT-SVID into a file and name that in HOOP_SPIFFE_KEY_FILE");
        }

        return (text.StartsWith(Prefix, StringComparison.Ordinal) ? new AgentKey(name: null, text, gateway: null) : Full(text)) is { } key
            && IsKey(key.Secret)
            ? key
            : throw new AgentConfigurationException(
                $"{variable}: must be an agent key, {Prefix}… or http://NAME:{Prefix}…@HOST:PORT, as the gateway gave it out");
    }

    private static AgentKey? Full(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return null;
        }

        var rest = text[(scheme + 3)..].Split('?')[0].TrimEnd('/');
        var at = rest.LastIndexOf('@');
        var colon = at < 0 ? -1 : rest.IndexOf(':', 0, at);
        if (colon <= 0 || at == rest.Length - 1)
        {
            return null;
        }

        // grpc and grpcs are what keys of other gateways of this family begin with.
        return text[..scheme] switch
        {
            "http" or "grpc" => new AgentKey(rest[..colon], rest[(colon + 1)..at], $"http://{rest[(at + 1)..]}"),
            "https" or "grpcs" => new AgentKey(rest[..colon], rest[(colon + 1)..at], $"https://{rest[(at + 1)..]}"),
            _ => null,
        };
    }

    private static bool IsKey(string secret) =>
        secret.Length > Prefix.Length
            && secret.StartsWith(Prefix, StringComparison.Ordinal)
            && secret.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
}
