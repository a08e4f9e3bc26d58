using Hoop.Shared.Background;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// Keeps the <see cref="TrustDomainDirectory"/> in step with the database: at once when a change is announced, and every few seconds
/// in case none arrived.
/// </summary>
internal sealed class TrustDomainWatch(
    TrustDomainDirectory directory,
    SpiffeOptions options,
    CoherentMemory memory,
    BackgroundLoops loops,
    TimeProvider clock,
    ILogger<TrustDomainWatch> logger)
    : BackgroundService
{
    private const string RefreshPrefix = "refresh/";
    private const string BundlePrefix = "bundle/";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(4);

    /// <summary>The key under which a refresh is announced to the other gateways.</summary>
    public static string RefreshOf(string name) => RefreshPrefix + name;

    /// <summary>The key under which this gateway tells itself that it has other keys now.</summary>
    public static string BundleOf(string name) => BundlePrefix + name;

    /// <summary>The one trust domain whose keys a key of the topic is about; null when it is about more.</summary>
    public static string? NameOf(string? key) => key switch
    {
        not null when key.StartsWith(RefreshPrefix, StringComparison.Ordinal) => key[RefreshPrefix.Length..],
        not null when key.StartsWith(BundlePrefix, StringComparison.Ordinal) => key[BundlePrefix.Length..],
        _ => null,
    };

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!options.Enforced)
        {
            return;
        }

        await directory.Start(cancellationToken);
        await Reread(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = memory.Subscribe(StoredTrustDomain.Topic, key => Hear(key, stoppingToken));
        await loops.Run("trust_domains", Round, stoppingToken);
    }

    // The call that changed a trust domain waits for this, so that each gateway verifies by it when the call returns.
    private async Task Hear(string? key, CancellationToken stoppingToken)
    {
        if (key is null || NameOf(key) is null)
        {
            await directory.Reread(stoppingToken);
        }
        else if (key.StartsWith(RefreshPrefix, StringComparison.Ordinal) && directory.Find(NameOf(key)!) is { } entry)
        {
            await entry.Keys.RefreshNow(stoppingToken);
        }
    }

    private async Task Round(CancellationToken stoppingToken)
    {
        await directory.Reread(stoppingToken);
        await Task.Delay(Period, clock, stoppingToken);
    }

    /// <summary>At the start, when the database may be slower than the gateway.</summary>
    private async Task Reread(CancellationToken cancellationToken)
    {
        try
        {
            await directory.Reread(cancellationToken);
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            logger.LogWarning("Trust domains could not be read again: {Reason}", exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}
