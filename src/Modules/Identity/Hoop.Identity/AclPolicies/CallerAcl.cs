namespace Hoop.Identity.AclPolicies;

/// <summary>
/// What a caller may do on <c>/v1</c>, as policies say it. Callers of the gateway's own kinds have a role instead: an admin is like the
/// policy <c>root</c> inside of its organization, an auditor reads and lists, and everybody else has no policy.
/// </summary>
internal sealed class CallerAcl
{
    private static readonly Acl Nothing = new(isRoot: false, [], entity: null);
    private static readonly Acl Everything = new(isRoot: true, [], entity: null);

    private static readonly Acl Reading = new(
        isRoot: false,
        [new PolicyRule("auditor", 1, "*", Capabilities.Read | Capabilities.List, ParameterRules.None, NeedsWrapping: false)],
        entity: null);

    public ValueTask<Acl> Of(Caller caller, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(caller.Role switch
        {
            Role.Admin => Everything,
            Role.Auditor => Reading,
            _ => Nothing,
        });
    }
}
