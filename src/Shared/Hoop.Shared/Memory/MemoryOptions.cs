using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Memory;

/// <summary>The times of coherent memory. Operators choose only whether it is on; tests shorten the rest.</summary>
public sealed record MemoryOptions
{
    /// <summary><c>HOOP_MEMORY</c>: off reads the database for each request; announcements are made and confirmed all the same.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long a gateway may answer without news from the database.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Taken off the own count of a lease, for clocks that do not run at quite the same rate.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Nothing is remembered for longer, so that a change made past the product (an operator's SQL) counts after a while.
    /// </summary>
    public TimeSpan AgeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the confirmation of an announcement waits for subscribers that have to follow.</summary>
    public TimeSpan SettleWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An announcement is sent again when it is not confirmed.</summary>
    public TimeSpan RepeatEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A gateway that keeps its lease and does not confirm within this time is fenced: its next renewal fails.</summary>
    public TimeSpan FenceAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After this the call that made the change is told that it is not confirmed.</summary>
    public TimeSpan ConfirmWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static MemoryOptions From(IConfiguration configuration) =>
        new() { Enabled = configuration.Flag("HOOP_MEMORY", fallback: true) };
}
