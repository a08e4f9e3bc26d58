namespace Hoop.Shared.Callers;

/// <summary>
/// Who somebody is, as the one who vouches for it names them: a mount, and a name that is stable and unique inside it (Vault's key of
/// an alias). Two callers are the same one when their aliases are equal, and not otherwise.
/// </summary>
/// <param name="Mount">One of the factories' below, or another host's own; it ends with a slash, or with <c>#</c> after an issuer.</param>
/// <param name="Name">Never reused: an id where names can be given again.</param>
public sealed record Alias(string Mount, string Name)
{
    private const string Tokens = "auth/token/";
    private const string Svids = "auth/spiffe/";
    private const string AgentKeys = "auth/agent-key/";

    /// <summary>An API token, by its id: a token that was deleted and made again under its name is somebody else.</summary>
    public static Alias OfToken(Guid id) => new(Tokens, id.ToString());

    public static Alias OfSpiffeId(string spiffeId) => new(Svids, spiffeId);

    /// <summary>An agent that presents its key, by the agent's id.</summary>
    public static Alias OfAgentKey(Guid agentId) => new(AgentKeys, agentId.ToString());

    /// <summary>
    /// An account of an issuer. An issuer identifier holds no fragment (OpenID Connect Core 1.0 section 2), so the two parts cannot
    /// be shifted.
    /// </summary>
    public static Alias OfServiceAccount(string issuer, string subject) => new($"auth/serviceaccount/{issuer}#", subject);

    /// <summary>A person of an issuer.</summary>
    public static Alias OfPerson(string issuer, string subject) => new($"auth/oidc/{issuer}#", subject);

    /// <summary>One text for logs and the audit trail.</summary>
    public override string ToString() => Mount + Name;
}
