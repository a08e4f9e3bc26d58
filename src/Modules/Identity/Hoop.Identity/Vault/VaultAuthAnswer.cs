using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hoop.Identity.Vault;

/// <summary>What an answer that hands out or renews a token tells of it.</summary>
/// <param name="ClientToken">Clear text; only its hash is stored.</param>
/// <param name="Policies">Of the token and of its entity.</param>
/// <param name="IdentityPolicies">Those of its entity; left out when there are none.</param>
/// <param name="LeaseDuration">What really remains, in seconds; zero when it does not end.</param>
internal sealed record VaultAuth(
    string ClientToken,
    string Accessor,
    IReadOnlyList<string> Policies,
    IReadOnlyList<string> TokenPolicies,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? IdentityPolicies,
    IReadOnlyDictionary<string, string>? Metadata,
    int LeaseDuration,
    bool Renewable,
    string EntityId,
    string TokenType,
    bool Orphan,
    object? MfaRequirement,
    int NumUses)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => $"VaultAuth {{ Accessor = {Accessor} }}";
}

/// <summary>The envelope with <c>auth</c> filled and <c>data</c> null.</summary>
internal sealed record VaultAuthEnvelope(
    Guid RequestId,
    string LeaseId,
    bool Renewable,
    int LeaseDuration,
    object? Data,
    object? WrapInfo,
    IReadOnlyList<string>? Warnings,
    VaultAuth Auth)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => $"VaultAuthEnvelope {{ RequestId = {RequestId} }}";
}

/// <summary>200 with a token, or an error as Vault writes it.</summary>
internal sealed class VaultAuthAnswer(Error? error, VaultAuth? auth, IReadOnlyList<string>? warnings) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext) => error is not null
        ? Surface.Write(httpContext, error)
        : httpContext.Response.WriteAsJsonAsync(
            new VaultAuthEnvelope(
                VaultEnvelope.RequestId(), LeaseId: "", Renewable: false, LeaseDuration: 0, Data: null, WrapInfo: null,
                warnings is { Count: > 0 } ? warnings : null, auth!),
            httpContext.RequestAborted);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status200OK, typeof(VaultAuthEnvelope));
}
