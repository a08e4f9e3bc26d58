using System.Text.Json.Serialization;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>What an issuer calls the claims that are read.</summary>
/// <param name="Subject">Names the account.</param>
/// <param name="Email">A person's address.</param>
/// <param name="Groups">Read at sign-in, never for an access token.</param>
/// <param name="ClientId">The client that got the token.</param>
internal sealed record ClaimNames(string Subject, string Email, string Groups, string ClientId)
{
    public static readonly ClaimNames Default = new("sub", "email", "groups", "client_id");

    /// <summary>With what the input says in place of these.</summary>
    public ClaimNames With(ClaimNamesInput? input) => input is null ? this : new(
        input.Subject ?? Subject, input.Email ?? Email, input.Groups ?? Groups, input.ClientId ?? ClientId);
}

/// <summary>The same as a body says it; what is absent is the preset's.</summary>
internal sealed record ClaimNamesInput(string? Subject, string? Email, string? Groups, string? ClientId)
{
    [JsonIgnore]
    public IEnumerable<(string Field, string? Name)> All =>
        [("subject", Subject), ("email", Email), ("groups", Groups), ("client_id", ClientId)];
}
