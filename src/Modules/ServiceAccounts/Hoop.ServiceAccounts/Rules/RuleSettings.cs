using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>What a rule says, in the form in which it is stored.</summary>
/// <param name="AccountName">A <see cref="NameTemplate"/>.</param>
/// <param name="LifetimeSeconds">How long after its <c>iat</c> a token is good for this rule; null: until its <c>exp</c>.</param>
internal sealed record RuleSettings(ClaimCondition[] Conditions, string AccountName, string[] Groups, int? LifetimeSeconds)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static RuleSettings FromStored(string settings) => JsonSerializer.Deserialize<RuleSettings>(settings, Json)!;
}
