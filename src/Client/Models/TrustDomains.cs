using System.Text.Json;

namespace Hoop.Client;

/// <summary>A trust domain as the API shows it.</summary>
/// <param name="Source">api, or configuration for the operator's, which is read-only.</param>
public sealed record TrustDomainView(
    Guid Id,
    Guid OrgId,
    string Name,
    string Source,
    BundleState Bundle,
    string? BundleUrl = null,
    string? BundleFile = null,
    JsonElement? BundleJwks = null,
    int? RefreshSeconds = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null);

/// <summary>How its bundle stands on the gateway that answers.</summary>
/// <param name="State">loading, current, stale (the last fetch failed, the last good bundle is in use), empty (it was fetched and holds
/// no key that counts: tokens are refused), failing (there is none to use: tokens are refused), disabled.</param>
/// <param name="Keys">How many verify JWT-SVIDs.</param>
/// <param name="Skipped">Elements that do not verify JWT-SVIDs, and why.</param>
/// <param name="Sequence">spiffe_sequence.</param>
/// <param name="LoadedAt">When it was last seen at its source.</param>
/// <param name="AgeSeconds">The same as a duration.</param>
/// <param name="LastError">Why the last fetch failed; null when it went well.</param>
public sealed record BundleState(
    string State,
    int Keys,
    IReadOnlyList<string> Skipped,
    long? Sequence = null,
    DateTimeOffset? LoadedAt = null,
    int? AgeSeconds = null,
    string? LastError = null);

/// <param name="BundleJwks">The bundle as a JSON object, or as text that holds one.</param>
/// <param name="Proofs">SVIDs that prove the keys of BundleJwks, where the operator has not given the name. Used and forgotten.</param>
public sealed record CreateTrustDomainRequest(
    string? Name,
    string? BundleUrl = null,
    string? BundleFile = null,
    JsonElement? BundleJwks = null,
    int? RefreshSeconds = null,
    IReadOnlyList<string>? Proofs = null);

/// <param name="BundleJwks">The bundle as a JSON object, or as text that holds one.</param>
/// <param name="Proofs">SVIDs that prove the keys of BundleJwks, where the operator has not given the name. Used and forgotten.</param>
public sealed record UpdateTrustDomainRequest(
    string? Name,
    string? BundleUrl = null,
    string? BundleFile = null,
    JsonElement? BundleJwks = null,
    int? RefreshSeconds = null,
    IReadOnlyList<string>? Proofs = null);
