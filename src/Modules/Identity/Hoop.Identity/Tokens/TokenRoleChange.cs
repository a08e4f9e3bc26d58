using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Tokens;

/// <summary>What one write says about a role. An absent field keeps what is stored, an empty one clears it.</summary>
internal sealed record TokenRoleChange(
    Field<string[]> AllowedPolicies,
    Field<string[]> AllowedPoliciesGlob,
    Field<string[]> DisallowedPolicies,
    Field<string[]> DisallowedPoliciesGlob,
    Field<string[]> AllowedEntityAliases,
    Field<bool> Orphan,
    Field<bool> Renewable,
    Field<bool> NoDefaultPolicy,
    string? PathSuffix,
    int? ExplicitMaxTtl,
    int? Period,
    int? NumUses,
    string TokenType,
    bool BindsAddresses)
{
    public static TokenRoleChange Read(VaultBody body) => new(
        Names(body, "allowed_policies"),
        Names(body, "allowed_policies_glob"),
        Names(body, "disallowed_policies"),
        Names(body, "disallowed_policies_glob"),
        Names(body, "allowed_entity_aliases"),
        body.Flag("orphan"),
        body.Flag("renewable"),
        body.Flag("token_no_default_policy"),
        body.Has("path_suffix") ? body.Text("path_suffix") : null,
        Seconds(body, "token_explicit_max_ttl") ?? Seconds(body, "explicit_max_ttl"),
        Seconds(body, "token_period") ?? Seconds(body, "period"),
        body.Has("token_num_uses") ? body.Number("token_num_uses") : null,
        body.Text("token_type"),
        body.List("token_bound_cidrs").Value is { Length: > 0 } || body.List("bound_cidrs").Value is { Length: > 0 });

    /// <summary>The first rule that this breaks, or null.</summary>
    public string? Problem =>
        BindsAddresses ? "token_bound_cidrs: tokens cannot be bound to addresses here"
        : TokenType is not ("" or "default" or "service" or "default-service") ? "token_type: only service tokens are made here"
        : PathSuffix is { Length: > 128 } || PathSuffix?.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') == false
            ? "path_suffix: use at most 128 letters, digits, underscores, dots and dashes"
        : Lists.Any(list => list.Value is { Length: > 256 }) ? "a list of a role has at most 256 items"
        : Lists.SelectMany(list => list.Value ?? []).Any(item => item.Length > 256) ? "an item of a role's list has at most 256 characters"
        : null;

    private Field<string[]>[] Lists =>
        [AllowedPolicies, AllowedPoliciesGlob, DisallowedPolicies, DisallowedPoliciesGlob, AllowedEntityAliases];

    public TokenRole On(TokenRole stored) => stored with
    {
        AllowedPolicies = Or(AllowedPolicies, stored.AllowedPolicies),
        AllowedPoliciesGlob = Or(AllowedPoliciesGlob, stored.AllowedPoliciesGlob),
        DisallowedPolicies = Or(DisallowedPolicies, stored.DisallowedPolicies),
        DisallowedPoliciesGlob = Or(DisallowedPoliciesGlob, stored.DisallowedPoliciesGlob),
        AllowedEntityAliases = Or(AllowedEntityAliases, stored.AllowedEntityAliases),
        Orphan = Orphan.IsSupplied ? Orphan.Value : stored.Orphan,
        Renewable = Renewable.IsSupplied ? Renewable.Value : stored.Renewable,
        TokenNoDefaultPolicy = NoDefaultPolicy.IsSupplied ? NoDefaultPolicy.Value : stored.TokenNoDefaultPolicy,
        PathSuffix = PathSuffix ?? stored.PathSuffix,
        TokenExplicitMaxTtl = ExplicitMaxTtl ?? stored.TokenExplicitMaxTtl,
        TokenPeriod = Period ?? stored.TokenPeriod,
        TokenNumUses = NumUses ?? stored.TokenNumUses,
    };

    // Folded like policies everywhere, and like aliases: one rule for all checks.
    private static Field<string[]> Names(VaultBody body, string field) => body.List(field) is { IsSupplied: true, Value: var names }
        ? Field<string[]>.Of(PolicyNames.Canonical(names ?? []))
        : default;

    private static int? Seconds(VaultBody body, string field) => body.Has(field) ? body.Seconds(field) : null;

    private static string[] Or(Field<string[]> field, string[] stored) => field.IsSupplied ? field.Value ?? [] : stored;
}
