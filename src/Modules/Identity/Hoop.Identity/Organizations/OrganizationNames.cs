using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.Organizations;

/// <summary>The names of organizations, which nearly every client asks for first; remembered until one is renamed or deleted.</summary>
internal sealed class OrganizationNames(CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes)
{
    private const int Capacity = 16_384;

    private const string NameSql = """
        SELECT name
        FROM identity.organizations
        WHERE id = @OrgId
        """;

    private readonly Remembered<Guid, string> _names = new(memory, metrics, scopes, "organizations", Capacity);

    /// <summary>Null when there is none with this id.</summary>
    public ValueTask<string?> Of(Guid orgId, IServiceProvider services, CancellationToken cancellationToken) =>
        _names.Find(orgId) is { } known ? new(known) : Learn(orgId, services, cancellationToken);

    private async ValueTask<string?> Learn(Guid orgId, IServiceProvider services, CancellationToken cancellationToken) =>
        (await _names.Get(orgId, services, (scope, cancel) => Read(orgId, scope, cancel), cancellationToken)).Value;

    private static async Task<Found<string>> Read(Guid orgId, IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<Dependencies>().On(Organization.Topic, orgId.ToString());
        return new Found<string>(await services.GetRequiredService<Db>().Of(orgId).Find<string>(NameSql, args: null, cancellationToken));
    }
}
