using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>Keeps the <see cref="TrustDomainDirectory"/> in step with the database: at once when a change is announced, and every few seconds in case none arrived.</summary>
internal sealed class TrustDomainWatch(TrustDomainDirectory directory, SpiffeOptions options, ChangeFeed feed, TimeProvider clock, ILogger<TrustDomainWatch> logger) : BackgroundService
{
    private const string RefreshPrefix = "refresh/";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(4);

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>The key under which a refresh is announced to the other gateways.</summary>
    public static string RefreshOf(string name) => RefreshPrefix + name;

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
        using var subscription = feed.Subscribe(StoredTrustDomain.Topic, Hear);
        while (!stoppingToken.IsCancellationRequested)
        {
            await Wait(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Reread(stoppingToken);
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    private void Hear(string? key)
    {
        if (key is not null && key.StartsWith(RefreshPrefix, StringComparison.Ordinal))
        {
            _ = directory.Find(key[RefreshPrefix.Length..])?.Keys.RefreshNow(CancellationToken.None);
        }
        else
        {
            Signal();
        }
    }

    private void Signal()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is already due.
        }
    }

    private async Task Wait(CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var timer = clock.CreateTimer(_ => limit.Cancel(), null, Period, Timeout.InfiniteTimeSpan);
        await _changed.WaitAsync(limit.Token);
    }

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
