using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Tokens;

/// <summary>What tokens that are made through it may be. Times in seconds. Kept and served in one form.</summary>
internal sealed record TokenRole(
    string Name,
    string[] AllowedPolicies,
    string[] AllowedPoliciesGlob,
    string[] DisallowedPolicies,
    string[] DisallowedPoliciesGlob,
    string[] AllowedEntityAliases,
    bool Orphan,
    bool Renewable,
    string PathSuffix,
    int TokenExplicitMaxTtl,
    int TokenPeriod,
    int TokenNumUses,
    bool TokenNoDefaultPolicy,
    string TokenType)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static TokenRole New(string name) => new(
        name, [], [], [], [], [], Orphan: false, Renewable: true, PathSuffix: "", 0, 0, 0, TokenNoDefaultPolicy: false, "default-service");

    /// <summary>By their old names, as old clients read them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ExplicitMaxTtl => TokenExplicitMaxTtl;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Period => TokenPeriod;

    /// <summary>True when the role itself says which policies a token may have, whoever asks.</summary>
    [JsonIgnore]
    public bool DecidesPolicies =>
        AllowedPolicies.Length + AllowedPoliciesGlob.Length + DisallowedPolicies.Length + DisallowedPoliciesGlob.Length > 0;

    /// <summary>A name or a pattern with a star; the case of ASCII letters does not matter, in none of the two.</summary>
    public bool AllowsAlias(string alias) =>
        AllowedEntityAliases.Any(allowed => ParameterCheck.IsMatch(AsciiCase.Fold(allowed), AsciiCase.Fold(alias)));

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static TokenRole FromStored(string settings) => JsonSerializer.Deserialize<TokenRole>(settings, Json)!;
}

/// <summary>Finds roles for whoever uses them.</summary>
internal sealed class TokenRoles(Db db)
{
    private const string FindSql = """
        SELECT settings::text
        FROM identity.token_roles
        WHERE org_id = @OrgId AND name = @Name
        """;

    public async Task<TokenRole?> Find(Guid orgId, string name, CancellationToken cancellationToken) =>
        await db.Of(orgId).Find<string>(FindSql, new { Name = name }, cancellationToken) is { } settings
            ? TokenRole.FromStored(settings)
            : null;
}
