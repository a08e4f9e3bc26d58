using System.Text.Json;
using Hoop.Identity.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Federation.Minting;

/// <summary>Identity tokens of this gateway, which a cloud can be told to trust.</summary>
internal interface IGatewayTokens
{
    [Effect("mints")]
    Task<Result<GatewayToken>> Mint(
        Guid orgId, string subject, string audience, TimeSpan lifetime, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, JsonElement>? claims = null);
}

/// <param name="TokenId">For the audit trail.</param>
internal sealed record GatewayToken(
    string Value, string Issuer, string Subject, string Audience, Guid TokenId, DateTimeOffset ExpiresAt)
{
    /// <summary>The token is not printed.</summary>
    public override string ToString() => $"{nameof(GatewayToken)} {{ TokenId = {TokenId} }}";
}

/// <summary>Whom such a token may be about. No two of these texts are ever equal, whatever a user is called.</summary>
internal static class GatewaySubject
{
    /// <summary>The gateway itself, where it is an administrator.</summary>
    public const string Federation = "hoop:federation";

    private const string UserPrefix = "user:";
    private const int MaxLength = 255;

    public static string OfUser(string name) => UserPrefix + name;

    /// <summary>The rule of the tokens: 1 to 255 printable ASCII characters.</summary>
    public static bool IsLegal(string subject) =>
        subject.Length is > 0 and <= MaxLength && !subject.AsSpan().ContainsAnyExceptInRange(' ', '~');
}

internal sealed class GatewayTokens(IServiceScopeFactory scopes) : IGatewayTokens
{
    public async Task<Result<GatewayToken>> Mint(
        Guid orgId, string subject, string audience, TimeSpan lifetime, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, JsonElement>? claims = null)
    {
        // The first of many who wait may leave, and its scope with it.
        await using var scope = scopes.CreateAsyncScope();
        var verdict = await scope.ServiceProvider.GetRequiredService<ISender>().Send(
            new MintIdentityToken(orgId, subject, audience, lifetime, claims), cancellationToken);
        return verdict.Accepted
            ? new GatewayToken(
                verdict.Proven.Token, verdict.Proven.Issuer, subject, audience, verdict.Proven.TokenId, verdict.Proven.ExpiresAt)
            : Error.Unavailable(
                $"the gateway signed no identity token: {verdict.Refusal!.Reason}", "identity_token_refused");
    }
}
