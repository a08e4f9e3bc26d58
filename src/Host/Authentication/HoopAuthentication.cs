using System.Security.Claims;
using System.Text.Encodings.Web;
using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Contracts;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Hoop.Spiffe.Contracts;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Hoop.Host.Authentication;

/// <summary>
/// The only authentication scheme. Takes the token from <c>X-Vault-Token</c> or <c>Authorization: Bearer</c>, lets its shape choose
/// the verifier, and asks the module that owns it. Every refusal looks the same.
/// </summary>
internal sealed class HoopAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    ISender sender,
    RoleGroups roles) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Hoop";

    // One text for an organization that is absent and for another's: it tells a caller nothing about its neighbours.
    private static readonly Error NoSuchNamespace = Error.Denied(
        "X-Vault-Namespace: names no organization that you may act in; leave it out to act in your own",
        "wrong_namespace");

    private Error? _refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // An open route asks nobody who they are: liveness must answer while the database is away, also to a probe that sends a token.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null || TokenOf(Request) is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        var caller = await Verify(token, Context.RequestAborted);
        if (caller is null)
        {
            return AuthenticateResult.Fail("refused");
        }

        if (await InNamespace(caller) is not { } inside)
        {
            _refusal = NoSuchNamespace;
            return AuthenticateResult.Fail("refused: namespace");
        }

        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new CallerIdentity(inside)), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_refusal is null && Surface.Of(Context).Challenge is { } challenge)
        {
            Response.Headers.WWWAuthenticate = challenge;
        }

        return Surface.Write(Context, _refusal ?? Error.Unauthenticated);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Surface.Write(Context, Surface.Of(Context).Forbidden);

    // Vault's header wins when both are there, as in Vault.
    private static string? TokenOf(HttpRequest request)
    {
        if (request.Headers.TryGetValue("X-Vault-Token", out var vault) && vault.Count > 0)
        {
            return vault.Count == 1 ? vault[0] : "";
        }

        if (!request.Headers.TryGetValue("Authorization", out var authorization) || authorization.Count == 0)
        {
            return null;
        }

        return authorization.Count == 1 && authorization[0] is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..] : "";
    }

    private async Task<Caller?> Verify(string token, CancellationToken cancellationToken)
    {
        switch (TokenShapes.Of(token))
        {
            case TokenShape.ApiToken:
                return await sender.Send(new AuthenticateApiToken(token), cancellationToken) is { } owner
                    ? new Caller(owner.OrgId, owner.IsOperator ? CallerKind.Operator : CallerKind.ApiToken, owner.Name, owner.Name, owner.Groups, owner.IsOperator ? Role.Admin : roles.RoleOf(owner.Groups)) { ExpiresAt = owner.ExpiresAt }
                    : null;
            case TokenShape.AccessToken:
                return await sender.Send(new AuthenticateAccessToken(token), cancellationToken) is { } account
                    ? new Caller(account.OrgId, CallerKind.ServiceAccount, account.Subject, account.Name, account.Groups, roles.RoleOf(account.Groups)) { ExpiresAt = account.ExpiresAt }
                    : null;
            case TokenShape.JwtSvid:
                return OfAgent(await sender.Send(new AuthenticateSvid(token), cancellationToken));
            case TokenShape.AgentKey:
                return OfAgent(await sender.Send(new AuthenticateAgentKey(token), cancellationToken));
            default:
                return null;
        }
    }

    private Caller? OfAgent(AuthenticatedAgent? agent) => agent is null
        ? null
        : new Caller(agent.OrgId, CallerKind.Agent, agent.Identity, agent.AgentName, agent.Groups, roles.RoleOf(agent.Groups)) { AgentId = agent.AgentId, ExpiresAt = agent.ExpiresAt };

    /// <summary>
    /// <c>X-Vault-Namespace</c>, on every surface: it must name the caller's own organization; for the operator it selects one. Null when it
    /// does neither. It is never ignored: a call that was meant for another organization must not land in one's own.
    /// </summary>
    private async Task<Caller?> InNamespace(Caller caller)
    {
        if (Request.Headers["X-Vault-Namespace"].ToString().Trim('/') is not { Length: > 0 } name || name == "root")
        {
            return caller;
        }

        var organization = await sender.Send(new FindOrganization(name), Context.RequestAborted);
        return organization switch
        {
            null => null,
            _ when organization.Id == caller.OrgId => caller,
            _ when caller.Kind == CallerKind.Operator => caller with { OrgId = organization.Id },
            _ => null,
        };
    }
}
