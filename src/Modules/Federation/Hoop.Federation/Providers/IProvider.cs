using Hoop.Federation.Minting;
using Hoop.Federation.Principals;

namespace Hoop.Federation.Providers;

/// <summary>
/// Who gives short-lived credentials to a user, known by its name. The rules about a policy are its own, so that what can never work is
/// refused when it is written; another cloud is another folder, a line in the module and the name in the table's CHECK.
/// </summary>
internal interface IProvider
{
    /// <summary>What <c>builtin_provider</c> says; stored, so it is never changed.</summary>
    string Name { get; }

    /// <summary>The keys that <c>extra_config</c> may hold.</summary>
    IReadOnlyList<string> ExtraKeys { get; }

    /// <summary>False for one that needs no admin credentials: a posted file is refused.</summary>
    bool TakesCredentials { get; }

    /// <summary>What is wrong with a policy's settings, or null.</summary>
    string? Problem(ExtraConfig extra, TimeSpan lifetime);

    /// <summary>The end of a sentence that begins with the template: why it never leads to a principal; null when it can.</summary>
    string? Problem(PrincipalTemplate template, ExtraConfig extra);

    /// <summary>The principal of that name, or why it is none.</summary>
    /// <param name="template">What it was rendered from; null for one that stands in the policy as it is.</param>
    Result<Principal> PrincipalOf(string rendered, PrincipalTemplate? template, ExtraConfig extra);

    /// <summary>True when a principal is the first user's who gets it; false when many may share it and are told apart all the
    /// same.</summary>
    bool IsOwned(PrincipalTemplate template);

    /// <summary>Why this file cannot be its admin credentials, or null.</summary>
    Error? Problem(ReadOnlyMemory<byte> credentials);

    IEnumerable<string> Warnings(PrincipalTemplate template, ExtraConfig extra);

    /// <summary>Credentials for one user. What it keeps to give again depends on all that the order says.</summary>
    Task<Result<Issued>> Issue(IssueOrder order, CancellationToken cancellationToken);

    /// <summary>True for a refusal that is about this principal alone, so that the policy's fallback may take its place.</summary>
    bool IsAboutPrincipal(string code);

    /// <summary>True when a session must not keep this variable or file of the connection.</summary>
    bool Supersedes(string name, string value, Issued issued);

    /// <summary>Forgets what was issued for a connection.</summary>
    void Drop(Guid orgId, Guid connectionId);
}

/// <param name="Source">Under which version of which policy; null for a dry run, of which nothing is kept.</param>
/// <param name="Principal">Made by this provider.</param>
/// <param name="Credentials">The admin credentials in clear; empty when the provider takes none. Read before the first wait, and not
/// after.</param>
internal sealed record IssueOrder(
    Guid OrgId, MintSource? Source, SessionUser User, Principal Principal, ExtraConfig Extra, TimeSpan Lifetime,
    ReadOnlyMemory<byte> Credentials)
{
    public override string ToString() => $"{nameof(IssueOrder)} {{ Principal = {Principal} }}";
}

/// <summary>What a session gets.</summary>
/// <param name="AdminPrincipal">Who issued it: an admin account, an issuer.</param>
/// <param name="ExpiresAt">As its issuer stated it.</param>
/// <param name="Variables">Environment variables.</param>
internal sealed record Issued(string AdminPrincipal, DateTimeOffset ExpiresAt, IReadOnlyDictionary<string, string> Variables)
{
    /// <summary>Contents by name of a variable, which will hold the path.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// As <see cref="Files"/>, for a command that runs longer than these credentials and can read them again. What is in neither is never
    /// renewed.
    /// </summary>
    public IReadOnlyDictionary<string, string> Renewed { get; init; } = new Dictionary<string, string>();

    /// <summary>What no output may show.</summary>
    public required IReadOnlyList<string> Secrets { get; init; }

    /// <summary>The gateway's identity token that was used, when one was.</summary>
    public GatewayToken? Identity { get; init; }

    /// <summary>Values are credentials, so they are not printed.</summary>
    public override string ToString() => $"{nameof(Issued)} {{ AdminPrincipal = {AdminPrincipal}, ExpiresAt = {ExpiresAt:O} }}";
}
