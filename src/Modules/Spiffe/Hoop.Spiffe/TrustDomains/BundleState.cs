using Hoop.Shared.Outbound;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>How a trust domain's bundle stands on the gateway that answers.</summary>
/// <param name="State"><c>loading</c>, <c>current</c>, <c>stale</c> (the last fetch failed, the last good bundle is in use),
/// <c>empty</c> (it was fetched and holds no key that counts: tokens are refused), <c>failing</c> (there is none to use: tokens are
/// refused), <c>disabled</c>.</param>
/// <param name="Keys">How many verify JWT-SVIDs.</param>
/// <param name="Sequence"><c>spiffe_sequence</c>.</param>
/// <param name="LoadedAt">When it was last seen at its source.</param>
/// <param name="AgeSeconds">The same as a duration.</param>
/// <param name="Skipped">Elements that do not verify JWT-SVIDs, and why.</param>
/// <param name="LastError">Why the last fetch failed; null when it went well.</param>
internal sealed record BundleState(
    string State, int Keys, long? Sequence, DateTime? LoadedAt, int? AgeSeconds, IReadOnlyList<string> Skipped, string? LastError)
{
    /// <summary>While <c>HOOP_SPIFFE_MODE</c> is not <c>enforce</c> nothing is fetched.</summary>
    public static readonly BundleState Disabled = new("disabled", 0, null, null, null, [], null);

    /// <summary>Known to the database and not yet to this gateway.</summary>
    public static readonly BundleState Loading = Disabled with { State = "loading" };

    public static BundleState Of(KeySnapshot<Bundle> snapshot) => new(
        snapshot switch
        {
            { Value: null, LastError: null, LoadedAt: null } => "loading",
            { Value: null } => "failing",
            { Value.Keys.Count: 0 } => "empty",
            { LastError: null } => "current",
            _ => "stale",
        },
        snapshot.Value?.Keys.Count ?? 0,
        snapshot.Value?.Sequence,
        snapshot.LoadedAt?.UtcDateTime,
        (int?)snapshot.Age?.TotalSeconds,
        snapshot.Value?.Keys.Skipped ?? [],
        snapshot.LastError?.Message);
}
