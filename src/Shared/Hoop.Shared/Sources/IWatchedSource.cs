using Hoop.Shared.Pipeline;

namespace Hoop.Shared.Sources;

/// <summary>Something that is configured in a row and brings its keys along: a trust domain, an issuer.</summary>
public interface IWatchedSource : IAsyncDisposable
{
    Guid Id { get; }

    /// <summary>What a token names it by. Several may have one name, when they belong to different organizations.</summary>
    string Source { get; }

    /// <summary>When its row was last changed; null for one of the gateway's own configuration, which has no row.</summary>
    DateTime? Version { get; }

    /// <summary>Its keys stand in the row, so that loading them waits for nobody.</summary>
    bool IsInline { get; }

    /// <summary>Begins to load and to refresh; ends with the first load.</summary>
    Task Start();

    /// <summary>Fetches the keys now.</summary>
    [Effect("fetches keys")]
    Task Refresh(CancellationToken cancellationToken);
}

/// <summary>Which state of a row this is.</summary>
public sealed record RowVersion(Guid Id, DateTime UpdatedAt);
