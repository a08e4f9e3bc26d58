using Hoop.Identity.AccessRules;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// What tokens may do, remembered until a policy of the organization changes, or what their entity is (docs/coherence.md). Who has which
/// policies is the caller's own memory; here stands what these policies mean together.
/// </summary>
internal sealed class KnownAcls(CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes)
{
    /// <summary>In sets of policies, for each entity one.</summary>
    public const int Capacity = 4_096;

    /// <summary>About how many bytes one may take. Larger ones are read at each use, so that all together stay below 64 MiB.</summary>
    public const long MostBytes = 16 * 1024;

    private readonly Remembered<AclKey, Acl> _acls = new(memory, metrics, scopes, "acls", Capacity);

    /// <param name="services">Of the one who asks.</param>
    public async ValueTask<Acl> Of(
        Guid orgId, IReadOnlyCollection<string> names, Guid? entityId, IServiceProvider services, CancellationToken cancellationToken)
    {
        if (names.Contains(Acl.Root, StringComparer.Ordinal))
        {
            return Acl.Everything;
        }

        // No name holds a NUL: PostgreSQL stores none.
        var key = new AclKey(orgId, entityId, string.Join('\0', names));
        if (_acls.Find(key) is { } known)
        {
            return known;
        }

        // Whoever is in a transaction holds a connection, and must not wait for another one: a pool full of such waits for itself.
        return services.GetRequiredService<Db>().InTransaction
            ? await services.GetRequiredService<AclReader>().Of(orgId, names, entityId, cancellationToken)
            : (await _acls.Get(key, services, (scope, cancel) => Read(orgId, names, entityId, scope, cancel), cancellationToken)).Value!;
    }

    private static async Task<Found<Acl>> Read(
        Guid orgId, IReadOnlyCollection<string> names, Guid? entityId, IServiceProvider services, CancellationToken cancellationToken)
    {
        var acl = await services.GetRequiredService<AclReader>().Of(orgId, names, entityId, cancellationToken);
        if (acl.Weight > MostBytes)
        {
            services.GetRequiredService<Dependencies>().NoLongerThan(TimeSpan.Zero);
        }

        return new Found<Acl>(acl);
    }

    private readonly record struct AclKey(Guid OrgId, Guid? EntityId, string Names);
}
