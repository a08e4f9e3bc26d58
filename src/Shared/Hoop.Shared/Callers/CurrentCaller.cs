using System.Security.Claims;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;

namespace Hoop.Shared.Callers;

/// <summary>
/// The caller of this scope: the one that was set (in-process use, background work), else the one that the HTTP request was
/// authenticated as. Another host signs its callers in with <see cref="CallerIdentity"/> from its own authentication.
/// </summary>
public sealed class CurrentCaller(IHttpContextAccessor http) : ICaller
{
    private Caller? _set;

    public Caller? Current => _set ?? CallerIdentity.Of(http.HttpContext?.User);

    public Guid OrgId => Current?.OrgId ?? throw new InvalidOperationException("No caller: this request needs an authenticated one.");

    /// <summary>Acts as <paramref name="caller"/> for the rest of this scope.</summary>
    public void ActAs(Caller caller) => _set = caller;
}

/// <summary>Carries a <see cref="Caller"/> through ASP.NET Core's authentication.</summary>
/// <param name="credential">What the caller proved itself with, for those who must ask about it again later: an agent's channel
/// outlives its request.</param>
public sealed class CallerIdentity(Caller caller, SecretText? credential = null) : ClaimsIdentity("Hoop")
{
    public Caller Caller { get; } = caller;

    public SecretText? Credential { get; } = credential;

    public static Caller? Of(ClaimsPrincipal? user) => (user?.Identity as CallerIdentity)?.Caller;

    public static SecretText? CredentialOf(ClaimsPrincipal? user) => (user?.Identity as CallerIdentity)?.Credential;
}
