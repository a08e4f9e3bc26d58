using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Sources;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>An issuer that this gateway knows, and its keys.</summary>
/// <param name="trusted">How its tokens are judged.</param>
/// <param name="version">When its row was last changed; null for the configured one.</param>
/// <param name="keys">Its own; keys of two issuers are never looked for together.</param>
/// <param name="introspection">Whom to ask about its opaque tokens; null: nobody.</param>
internal sealed class IssuerEntry(
    TrustedIssuer trusted, DateTime? version, KeySource<KeyRing> keys, IntrospectionEndpoint? introspection = null) : IWatchedSource
{
    private volatile bool _isGone;

    public TrustedIssuer Trusted => trusted;

    public KeySource<KeyRing> Keys => keys;

    public IntrospectionEndpoint? Introspection => introspection;

    /// <summary>Null while no key is known. The same object as long as the provider's document stays the same.</summary>
    public KeyRing? Ring => keys.Snapshot.Value;

    /// <summary>Its row was changed or deleted: what it has proven counts no more.</summary>
    public bool IsGone => _isGone;

    public Guid Id => trusted.Id;

    public string Source => trusted.Issuer;

    public DateTime? Version => version;

    public bool IsInline => keys.Name == "inline";

    public Task Start() => keys.Start();

    [Effect("fetches keys")]
    public Task Refresh(CancellationToken cancellationToken) => keys.RefreshNow(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _isGone = true;
        return keys.DisposeAsync();
    }
}

/// <summary>How an issuer's keys stand on the gateway that answers.</summary>
/// <param name="State"><c>loading</c>, <c>current</c>, <c>stale</c> (the last fetch failed, the last good keys are in use),
/// <c>empty</c> (no key of the document can be used: tokens are refused), <c>failing</c> (there are none: tokens are refused).</param>
/// <param name="Count">How many verify signatures.</param>
/// <param name="Skipped">Elements of the document that do not, and why.</param>
/// <param name="LastError">Why the last fetch failed; null when it went well.</param>
internal sealed record IssuerState(
    string State, int Count, int? AgeSeconds, IReadOnlyList<string> Skipped, string? LastError)
{
    /// <summary>Known to the database and not yet to this gateway.</summary>
    public static readonly IssuerState Loading = new("loading", 0, null, [], null);

    public static IssuerState Of(KeySnapshot<KeyRing> snapshot) => new(
        snapshot switch
        {
            { Value: null, LastError: null, LoadedAt: null } => "loading",
            { Value: null } => "failing",
            { Value.Count: 0 } => "empty",
            { LastError: null } => "current",
            _ => "stale",
        },
        snapshot.Value?.Count ?? 0,
        (int?)snapshot.Age?.TotalSeconds,
        snapshot.Value is { } ring ? [.. ring.Skipped.Take(10)] : [],
        snapshot.LastError?.Message);
}
