using System.Text.Json;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;
using Hoop.Shared.Jose;

namespace Hoop.Identity.Logins;

/// <summary>
/// What one write says about a role. An absent field keeps what is stored, an empty one clears it; the type of the role and of its bound
/// claims are those of the write, as in Vault.
/// </summary>
/// <param name="Unserved">The first field that is set and not served, with the reason; or null.</param>
internal sealed record LoginRoleChange(LoginRole Role, string RoleType, string? Unserved)
{
    private const int MostValues = 100;

    private static readonly (string Old, string New, VaultFieldKind Kind)[] OldNames =
    [
        ("policies", "token_policies", VaultFieldKind.List),
        ("ttl", "token_ttl", VaultFieldKind.Seconds),
        ("max_ttl", "token_max_ttl", VaultFieldKind.Seconds),
        ("period", "token_period", VaultFieldKind.Seconds),
        ("num_uses", "token_num_uses", VaultFieldKind.Number),
        ("bound_cidrs", "token_bound_cidrs", VaultFieldKind.List),
    ];

    public static readonly VaultFields Fields =
    [
        VaultField.Text("mount", "The mount, of the path."),
        VaultField.Text("name", "The role, of the path."),
        VaultField.Text("role_type", "jwt; roles for sign-ins in a browser (oidc) are not served."),
        VaultField.List("bound_audiences", "aud must name one of these."),
        VaultField.Text("bound_subject", "What sub must be."),
        VaultField.Values("bound_claims", "By claim a value, or a list of which any will do; a claim with a slash in front is a path."),
        VaultField.Text("bound_claims_type", "string: equal; glob: a star in a text stands for anything."),
        VaultField.Pairs("claim_mappings", "By claim the metadata that its text becomes."),
        VaultField.Text("user_claim", "The claim that names somebody."),
        VaultField.Flag("user_claim_json_pointer", "Whether user_claim is a path."),
        VaultField.Text("groups_claim", "The claim that names the groups."),
        VaultField.Text("clock_skew_leeway", "For clocks that differ, at most 60 s; -1 for none, 0 for 60 s."),
        VaultField.Text("expiration_leeway", "Taken and not used: a token has an end."),
        VaultField.Text("not_before_leeway", "Taken and not used: a token has an end."),
        VaultField.List("token_policies", "What a token may do, beside what its entity may."),
        VaultField.Seconds("token_ttl", "How long a token lives at first."),
        VaultField.Seconds("token_max_ttl", "How long it lives at most, renewed or not."),
        VaultField.Seconds("token_explicit_max_ttl", "The same, also of a token with a period."),
        VaultField.Seconds("token_period", "Each renewal gives so much again."),
        VaultField.Number("token_num_uses", "After so many requests a token is refused."),
        VaultField.Flag("token_no_default_policy", "Leaves the policy default out."),
        VaultField.Text("token_type", "service; batch tokens are not made here."),
        VaultField.List("token_bound_cidrs", "Not served: refused when it is not empty."),
        VaultField.List("allowed_redirect_uris", "Of sign-ins in a browser: taken and not used."),
        VaultField.List("oidc_scopes", "Of sign-ins in a browser: taken and not used."),
        VaultField.Flag("verbose_oidc_logging", "Taken and not used: no token is logged."),
        VaultField.Seconds("max_age", "Of sign-ins in a browser: taken and not used."),
        .. OldNames.Select(old => new VaultField(old.Old, old.Kind, $"The old name of {old.New}.") { OldNameOf = old.New }),
    ];

    /// <param name="body">The write.</param>
    /// <param name="stored">What is there, or a new one.</param>
    public static LoginRoleChange Read(VaultBody body, LoginRole stored)
    {
        var role = stored with
        {
            RoleType = LoginMount.Jwt,
            BoundAudiences = body.List("bound_audiences") is { IsSupplied: true, Value: var audiences }
                ? audiences ?? []
                : stored.BoundAudiences,
            BoundSubject = Text(body, "bound_subject", stored.BoundSubject),
            BoundClaims = body.Values("bound_claims") is { IsSupplied: true, Value: var bound } ? bound : stored.BoundClaims,
            BoundClaimsType = body.Text("bound_claims_type") is { Length: > 0 } type ? type : "string",
            ClaimMappings = body.Pairs("claim_mappings") is { IsSupplied: true, Value: var mappings } ? mappings : stored.ClaimMappings,
            UserClaim = Text(body, "user_claim", stored.UserClaim),
            UserClaimJsonPointer = Flag(body, "user_claim_json_pointer", stored.UserClaimJsonPointer),
            GroupsClaim = Text(body, "groups_claim", stored.GroupsClaim),
            ClockSkewLeeway = Leeway(body, "clock_skew_leeway", stored.ClockSkewLeeway),
            ExpirationLeeway = Leeway(body, "expiration_leeway", stored.ExpirationLeeway),
            NotBeforeLeeway = Leeway(body, "not_before_leeway", stored.NotBeforeLeeway),
            TokenPolicies = Policies(body, "token_policies") ?? Policies(body, "policies") ?? stored.TokenPolicies,
            TokenTtl = Seconds(body, "token_ttl", "ttl", stored.TokenTtl),
            TokenMaxTtl = Seconds(body, "token_max_ttl", "max_ttl", stored.TokenMaxTtl),
            TokenExplicitMaxTtl = Seconds(body, "token_explicit_max_ttl", old: null, stored.TokenExplicitMaxTtl),
            TokenPeriod = Seconds(body, "token_period", "period", stored.TokenPeriod),
            TokenNumUses = body.Has("token_num_uses") ? body.Number("token_num_uses")
                : body.Has("num_uses") ? body.Number("num_uses") : stored.TokenNumUses,
            TokenNoDefaultPolicy = Flag(body, "token_no_default_policy", stored.TokenNoDefaultPolicy),
            TokenType = body.Text("token_type") is { Length: > 0 } kind ? kind : stored.TokenType,
        };
        var binds = body.List("token_bound_cidrs").Value is { Length: > 0 } || body.List("bound_cidrs").Value is { Length: > 0 };
        return new LoginRoleChange(
            role,
            body.Text("role_type"),
            binds ? "token_bound_cidrs: tokens cannot be bound to addresses here" : null);
    }

    /// <summary>The first rule that this breaks, or null; Vault's words where Vault has the rule.</summary>
    public string? Problem =>
        LoginRole.NameProblem(Role.Name, "name") ?? TypeProblem ?? Unserved ?? ClaimsProblem ?? BoundProblem ?? TokenProblem;

    private string? TypeProblem =>
        RoleType is not ("" or "jwt" or "oidc") ? $"invalid 'role_type': {Shown(RoleType)}"
        : RoleType != "jwt" ? "role_type: roles for sign-ins in a browser (oidc) are not served here; set role_type to jwt"
        : Role.BoundClaimsType is not ("string" or "glob") ? $"invalid 'bound_claims_type': {Shown(Role.BoundClaimsType)}"
        : null;

    private string? ClaimsProblem => BoundClaimsProblem ?? MappingsProblem ?? (
        Role.UserClaim.Length == 0 ? "a user claim must be defined on the role"
        : !ClaimPath.IsOne(Role.UserClaim) ? "user_claim: at most 255 characters, without control characters"
        : Role.UserClaimJsonPointer && !Role.UserClaim.StartsWith('/') ? "user_claim: a path begins with a slash"
        : Role.GroupsClaim.Length > 0 && !ClaimPath.IsOne(Role.GroupsClaim)
            ? "groups_claim: at most 255 characters, without control characters"
        : null);

    private string? BoundProblem =>
        !Role.IsBound ? "must have at least one bound constraint when creating/updating a role"
        : Role.BoundAudiences.Length > MostValues || Role.BoundAudiences.Any(audience => audience.Length > 512)
            ? $"bound_audiences: at most {MostValues}, of at most 512 characters"
        : Role.BoundSubject.Length > 512 ? "bound_subject: at most 512 characters"
        : Role.ClockSkewLeeway > LoginRole.DefaultLeeway
            ? $"clock_skew_leeway: at most {LoginRole.DefaultLeeway} seconds, or -1 for none"
        : Role.ExpirationLeeway == int.MaxValue || Role.NotBeforeLeeway == int.MaxValue
            ? "expiration_leeway, not_before_leeway: seconds, or a time such as 60s"
        : null;

    private string? TokenProblem =>
        PolicyNames.ProblemOf(Role.TokenPolicies) is { } policies ? $"token_policies: {policies}"
        : Role.TokenMaxTtl > 0 && Role.TokenTtl > Role.TokenMaxTtl ? "ttl should not be greater than max ttl"
        : Role.TokenType is not ("default" or "service" or "default-service") ? "token_type: only service tokens are made here"
        : null;

    private string? BoundClaimsProblem => Role.BoundClaims is not { } bound ? null
        : bound.Count > MostValues || bound.Keys.Any(claim => !ClaimPath.IsOne(claim)) ? $"bound_claims: at most {MostValues} claims"
        : bound.Values.Any(value => Items(value).Count() > MostValues || value.GetRawText().Length > 16 * 1024)
            ? $"bound_claims: at most {MostValues} values a claim"
        : Role.BoundClaimsType == "glob" && bound.Values.SelectMany(Items).Any(item => item.ValueKind != JsonValueKind.String)
            ? "bound_claims: claim is not a string, as bound_claims_type glob demands"
        : null;

    private string? MappingsProblem => Role.ClaimMappings is not { } mappings ? null
        : mappings.Values.Contains("role", StringComparer.Ordinal)
            ? "metadata key \"role\" is reserved and may not be a mapping destination"
        : mappings.Values.GroupBy(key => key, StringComparer.Ordinal).FirstOrDefault(keys => keys.Count() > 1) is { } twice
            ? $"multiple keys are mapped to metadata key \"{Shown(twice.Key)}\""
        : mappings.Keys.Any(claim => !ClaimPath.IsOne(claim))
            ? "claim_mappings: a claim has 1 to 255 characters, without control characters"
        : EntityMetadata.ProblemOf(mappings.Values.ToDictionary(key => key, _ => "", StringComparer.Ordinal), of: "claim_mappings");

    /// <summary>One value, or those of a list.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];

    private static string Text(VaultBody body, string field, string stored) => body.Has(field) ? body.Text(field) : stored;

    private static bool Flag(VaultBody body, string field, bool stored) =>
        body.Flag(field) is { IsSupplied: true, Value: var value } ? value : stored;

    private static string[]? Policies(VaultBody body, string field) =>
        body.List(field) is { IsSupplied: true, Value: var names } ? PolicyNames.Canonical(names ?? []) : null;

    private static int Seconds(VaultBody body, string field, string? old, int stored) =>
        body.Has(field) ? body.Seconds(field) : old is not null && body.Has(old) ? body.Seconds(old) : stored;

    // Seconds, or a time with units; -1 says that there is none. What is no time at all is beyond every limit.
    private static int Leeway(VaultBody body, string field, int stored) => !body.Has(field) ? stored : body.Text(field) switch
    {
        "-1" or "-1s" => -1,
        var text when VaultDuration.TryParse(text, out var time) && time >= TimeSpan.Zero => (int)time.TotalSeconds,
        _ => int.MaxValue,
    };

    private static string Shown(string text) => text.Length <= 40 ? text : text[..40];
}
