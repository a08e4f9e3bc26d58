using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hoop.Client;

/// <summary>A rule as the API shows it.</summary>
/// <param name="Warnings">What its author should know; only in the answer to a write.</param>
public sealed record RuleView(
    Guid Id,
    Guid OrgId,
    string Name,
    string Issuer,
    int Priority,
    IReadOnlyList<ClaimCondition> Conditions,
    string AccountName,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int? LifetimeSeconds = null,
    IReadOnlyList<string>? Warnings = null);

/// <summary>
/// One condition on one claim; exactly one of the three is set. The same table holds for all of them: of a list any item may fulfil it;
/// texts fulfil texts byte for byte, numbers numbers by value, truth values truth values; nothing else fulfils anything, and a claim
/// that is absent, null or an object fulfils nothing.
/// </summary>
/// <param name="Claim">A ClaimPath.</param>
/// <param name="EqualTo">A text, a number or a truth value.</param>
/// <param name="OneOf">Of the same kinds.</param>
/// <param name="Glob">A GlobPattern; for texts.</param>
/// <param name="Problem">The first rule that it breaks, or null.</param>
public sealed record ClaimCondition(
    string? Claim = null,
    [property: JsonPropertyName("equals")] JsonElement? EqualTo = null,
    IReadOnlyList<JsonElement>? OneOf = null,
    string? Glob = null,
    string? Problem = null);

/// <param name="AccountName">{sub} when left out.</param>
public sealed record CreateRuleRequest(
    string? Name,
    string? Issuer,
    int? Priority = null,
    IReadOnlyList<ClaimCondition>? Conditions = null,
    CiJob? Github = null,
    CiJob? Gitlab = null,
    ClusterAccount? Kubernetes = null,
    string? AccountName = null,
    IReadOnlyList<string>? Groups = null,
    int? LifetimeSeconds = null);

public sealed record CiJob(
    string? Owner = null,
    string? Repository = null,
    string? Branch = null,
    string? Environment = null,
    string? Workflow = null);

public sealed record ClusterAccount(string? Namespace = null, string? ServiceAccount = null);

/// <param name="AccountName">{sub} when left out.</param>
public sealed record UpdateRuleRequest(
    string? Name,
    string? Issuer,
    int? Priority = null,
    IReadOnlyList<ClaimCondition>? Conditions = null,
    CiJob? Github = null,
    CiJob? Gitlab = null,
    ClusterAccount? Kubernetes = null,
    string? AccountName = null,
    IReadOnlyList<string>? Groups = null,
    int? LifetimeSeconds = null);
