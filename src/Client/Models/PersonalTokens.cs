namespace Hoop.Client;

/// <param name="Name">Unique among the person's tokens.</param>
/// <param name="Groups">Some of the person's own; without them, all that it has now.</param>
/// <param name="Ttl">How long it holds, as Go writes it: 24h. Without it 720h; 8760h at most.</param>
public sealed record CreatePersonalTokenRequest(string? Name, IReadOnlyList<string>? Groups = null, string? Ttl = null);

/// <param name="Token">Clear text; only its hash is stored.</param>
public sealed record CreatePersonalTokenResponse(
    Guid Id,
    string Name,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string Token)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(CreatePersonalTokenResponse)} {{ Id = {Id} }}";
}
