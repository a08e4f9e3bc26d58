using Hoop.Shared.Background;
using Hoop.Shared.Data;
using Hoop.Shared.Memory;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Sources;

/// <summary>
/// Keeps a <see cref="SourceDirectory{TEntry}"/> in step with the database: at once when a change is announced, and every few seconds in
/// case none arrived.
/// </summary>
/// <param name="directory">What is kept.</param>
/// <param name="topic">Under which changes of the rows are announced.</param>
/// <param name="loop">Name of the background work, for the log.</param>
/// <param name="memory">Tells of changes.</param>
/// <param name="loops">Runs the rounds.</param>
/// <param name="clock">Counts the pauses.</param>
/// <param name="logger">Told when the database is slower than the start.</param>
public abstract class SourceWatch<TEntry>(
    SourceDirectory<TEntry> directory, string topic, string loop, CoherentMemory memory, BackgroundLoops loops, TimeProvider clock,
    ILogger logger) : BackgroundService
    where TEntry : class, IWatchedSource
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(4);

    /// <summary>Nothing is watched while this is false.</summary>
    protected virtual bool IsOn => true;

    /// <summary>Begins with what the configuration names.</summary>
    protected abstract Task Begin(CancellationToken cancellationToken);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsOn)
        {
            return;
        }

        await Begin(cancellationToken);
        await Reread(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = memory.Subscribe(topic, key => Hear(key, stoppingToken));
        await loops.Run(loop, Round, stoppingToken);
    }

    // The call that changed a row waits for this, so that each gateway verifies by it when the call returns.
    private async Task Hear(string? key, CancellationToken stoppingToken)
    {
        if (SourceChange.KeyOf(key) is not { } source)
        {
            await directory.Reread(stoppingToken);
        }
        else if (SourceChange.IsRefresh(key))
        {
            await Task.WhenAll(directory.FindAll(source).Select(entry => entry.Refresh(stoppingToken)));
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
            logger.LogWarning("The rows of {Topic} could not be read again: {Reason}", topic, exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}

/// <summary>The keys of a topic of sources that are about keys, and not about rows.</summary>
public static class SourceChange
{
    private const string RefreshPrefix = "refresh/";
    private const string LoadedPrefix = "bundle/";

    /// <summary>Under which a refresh is announced to the other gateways.</summary>
    public static string RefreshOf(string source) => RefreshPrefix + source;

    /// <summary>Under which a gateway tells itself that it has other keys now.</summary>
    public static string LoadedOf(string source) => LoadedPrefix + source;

    /// <summary>The one source whose keys a key of the topic is about; null when it is about more.</summary>
    public static string? KeyOf(string? key) => key switch
    {
        not null when IsRefresh(key) => key[RefreshPrefix.Length..],
        not null when key.StartsWith(LoadedPrefix, StringComparison.Ordinal) => key[LoadedPrefix.Length..],
        _ => null,
    };

    public static bool IsRefresh(string? key) => key?.StartsWith(RefreshPrefix, StringComparison.Ordinal) == true;
}
