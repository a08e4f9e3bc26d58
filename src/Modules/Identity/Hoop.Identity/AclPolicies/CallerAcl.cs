using Hoop.Identity.AccessRules;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// What a caller may do on <c>/v1</c>, as policies say it. Callers of the gateway's own kinds have a role instead: an admin is like the
/// policy <c>root</c> inside of its organization, an auditor reads and lists, and everybody else has no policy.
/// </summary>
internal sealed class CallerAcl(KnownAcls known, IServiceProvider services)
{
    private static readonly Acl Reading = new(
        isRoot: false,
        [new PolicyRule("auditor", 1, "*", Capabilities.Read | Capabilities.List, ParameterRules.None, NeedsWrapping: false)],
        entity: null);

    public async ValueTask<Acl> Of(Caller caller, CancellationToken cancellationToken) => caller switch
    {
        { Kind: CallerKind.VaultToken } =>
            await Known(caller, [.. caller.TokenPolicies, .. WithoutRoot(caller.Policies)], cancellationToken),
        { Role: Role.Admin } => Acl.Everything,
        { Role: Role.Auditor } => Reading,
        _ => Acl.None,
    };

    /// <summary>
    /// Whether somebody may read a path in its own name: an admin may, and for others the policies of the entity and its groups decide,
    /// also when it signed in by one of the gateway's own kinds. A token of Vault's kind was asked at the door.
    /// </summary>
    public async ValueTask<bool> LetsRead(Caller caller, string path, CancellationToken cancellationToken) =>
        caller is { Kind: CallerKind.VaultToken } or { Role: Role.Admin }
        || (caller.EntityId is not null
            && (await Known(caller, [.. WithoutRoot(caller.Policies)], cancellationToken))
                .Ask(path, isList: false).Grants(Capabilities.Read));

    private ValueTask<Acl> Known(Caller caller, string[] names, CancellationToken cancellationToken) =>
        known.Of(caller.OrgId, names, caller.EntityId, services, cancellationToken);

    // No entity and no group may have it; a row that says otherwise is not believed (CVE-2025-5999).
    private static IEnumerable<string> WithoutRoot(IEnumerable<string> policies) => policies.Where(policy => policy != Acl.Root);
}
