using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;
using MediatR;

namespace Hoop.Host.Startup;

/// <summary>The bootstrap admin token: given by <c>HOOP_ADMIN_TOKEN</c>, or generated once and left in the data folder.</summary>
internal static class BootstrapAdmin
{
    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, "admin-token");

    public static async Task Ensure(IServiceProvider services, CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<GatewayOptions>();
        var file = FileIn(options.DataDirectory);

        // A file that is already there wins over a new token: a restored or emptied database keeps the token people know.
        var token = options.AdminToken ?? (File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim() : null);
        await using var scope = services.CreateAsyncScope();
        var bootstrap = await scope.ServiceProvider.GetRequiredService<ISender>().Send(new EnsureBootstrap(string.IsNullOrEmpty(token) ? null : token), cancellationToken);
        if (bootstrap.GeneratedToken is not null)
        {
            OwnerOnlyFile.Write(file, bootstrap.GeneratedToken);
        }
    }
}
