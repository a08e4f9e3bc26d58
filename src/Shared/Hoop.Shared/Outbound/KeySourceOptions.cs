using Hoop.Shared.Results;

namespace Hoop.Shared.Outbound;

/// <summary>How a <see cref="KeySource{T}"/> keeps itself fresh.</summary>
public sealed record KeySourceOptions<T>
    where T : class
{
    /// <summary>Time between the end of one refresh and the start of the next; up to a tenth is added at random.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The value's own wish for its period, such as <c>spiffe_refresh_hint</c>; null leaves <see cref="Period"/>. Bounded to 1 s … 1
    /// h.
    /// </summary>
    public Func<T, TimeSpan?>? RefreshHint { get; init; }

    /// <summary>Period while nothing has been loaded yet, when that is shorter.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The last good value is used this long after it was last seen at its source, then no more.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>At most one refresh is forced in this time: tokens with invented key ids must not become requests to the source.</summary>
    public TimeSpan ForcedInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that anybody waits for a forced refresh, counted from its start.</summary>
    public TimeSpan ForcedWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A limit for one load, whatever the source itself promises.</summary>
    public TimeSpan LoadTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Compares the value in use with a newly parsed one; an error keeps the old one. For sequence numbers that must not fall.
    /// </summary>
    public Func<T, T, Error?>? Accept { get; init; }

    /// <summary>
    /// Called after a changed document has taken effect, before those who wait for the refresh go on. Not called when a value grows too
    /// old. Must not wait for a refresh itself.
    /// </summary>
    public Action<KeySnapshot<T>>? Changed { get; init; }
}

/// <summary>One consistent look at a <see cref="KeySource{T}"/>.</summary>
/// <param name="Value">What to use now; null when nothing has been loaded, or the last good value is too old.</param>
/// <param name="Version">Grows with each changed document; 0 before the first. Part of every cache key that depends on the value.</param>
/// <param name="LoadedAt">When the value was last seen at its source.</param>
/// <param name="Age">The same as a duration, by a clock that never jumps.</param>
/// <param name="LastError">Why the latest refresh failed; null when it went well.</param>
public readonly record struct KeySnapshot<T>(T? Value, long Version, DateTimeOffset? LoadedAt, TimeSpan? Age, Error? LastError)
    where T : class
{
    /// <summary>How long the value may still be used when its source is not seen again; null: without an end.</summary>
    public TimeSpan? UsableFor { get; init; }
}
