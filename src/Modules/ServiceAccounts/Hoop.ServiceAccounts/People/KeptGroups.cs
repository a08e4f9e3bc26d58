using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Issuers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.People;

/// <summary>
/// A HOOP_OIDC_GROUPS_KEEP that was made shorter counts from the start on for all who signed in before, as that of an issuer in a row does
/// from its change on.
/// </summary>
internal sealed class KeptGroups(
    IssuerOptions options, IServiceScopeFactory scopes, Announcer announcer, ILogger<KeptGroups> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Trusted is not { People: { } people } issuer)
        {
            return;
        }

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var shortened = await scope.ServiceProvider.GetRequiredService<ISender>()
                .Send(new KeepGroupsNoLonger(issuer.OrgId, issuer.Issuer, people.KeepGroups), cancellationToken);
            var changes = scope.ServiceProvider.GetRequiredService<Db>().TakeAnnounced();
            if (shortened > 0)
            {
                announcer.AnnounceLater(changes);
            }
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            logger.LogWarning("Whether HOOP_OIDC_GROUPS_KEEP became shorter was not looked at: {Reason}", exception.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
