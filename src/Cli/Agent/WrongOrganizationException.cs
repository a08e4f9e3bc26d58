namespace Hoop.Cli.Agent;

/// <summary>
/// HOOP_ORG names another organization than the one that this agent was found to belong to: somebody else registered its identity.
/// </summary>
internal sealed class WrongOrganizationException(Uri gateway, Guid expected, Guid? told)
    : Exception(
        $"{gateway.Authority} takes this agent for one of the organization {told?.ToString() ?? "(not said)"}, and HOOP_ORG is {expected}; no work is taken");
