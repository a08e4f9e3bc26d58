using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>What an admin says about an issuer, in the form in which it is stored. What is absent is the preset's.</summary>
internal sealed record IssuerSettings(
    string Preset,
    string[] Audiences,
    string? AudienceClaim,
    string? JwksUrl,
    string? Jwks,
    string[]? Algorithms,
    int? LeewaySeconds,
    ClaimNamesInput? Claims,
    Dictionary<string, string[]>? RequiredClaims,
    string? ClientId)
{
    public const int DefaultLeewaySeconds = 30;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static IssuerSettings FromStored(string settings) => JsonSerializer.Deserialize<IssuerSettings>(settings, Json)!;
}
