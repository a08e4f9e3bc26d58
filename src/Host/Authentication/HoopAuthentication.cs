using System.Security.Claims;
using System.Text.Encodings.Web;
using Hoop.Host.Telemetry;
using Hoop.Identity.Contracts;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Hoop.Shared.Jose;
using Hoop.Shared.Results;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Hoop.Host.Authentication;

/// <summary>
/// The only authentication scheme, and the only place where a credential is read from a request. Its shape chooses the verifier, the
/// module that owns it says whose it is, and Identity admits its owner. Every refusal looks the same.
/// </summary>
internal sealed class HoopAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    KnownCallers callers,
    ISender sender,
    IPublisher publisher,
    RoleGroups roles,
    SignInLog signIns,
    GatewayMetrics metrics) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Hoop";

    // One text for an organization that is absent and for another's: it tells a caller nothing about its neighbours.
    private static readonly Error NoSuchNamespace = Error.Denied(
        "X-Vault-Namespace: names no organization that you may act in; leave it out to act in your own",
        "wrong_namespace");

    private static readonly Error TooBusy = Error.Unavailable("too many new tokens are being verified; try again", "busy");

    private Error? _refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // An open route asks nobody who they are: liveness must answer while the database cannot be reached, also to a probe that sends
        // a token.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || PresentedCredential.In(Request.Headers) is not { } presented)
        {
            return AuthenticateResult.NoResult();
        }

        Verdict<Caller> verdict = presented.Accepted
            ? await callers.Admit(presented.Proven.Reveal(), Context.RequestServices, Context.RequestAborted)
            : presented.Refusal;
        if (!verdict.Accepted)
        {
            var credential = presented.Accepted ? TokenShapes.NameOf(presented.Proven.Reveal()) : "unknown";
            await publisher.Publish(
                new SignInRefused(RequestOrigin.AddressOf(Context) ?? "unknown", credential, verdict.Refusal.Code), Context.RequestAborted);
            signIns.Refused(Context, verdict.Refusal);
            metrics.Refused(credential, verdict.Refusal.Code);
            _refusal = verdict.Refusal.Code == TokenRefusalCodes.Busy ? TooBusy : null;
            return AuthenticateResult.Fail(verdict.Refusal.Code);
        }

        if (await InNamespace(verdict.Proven) is not { } inside)
        {
            signIns.Refused(Context, new Refusal("namespace", $"{verdict.Proven.Alias} named another organization in X-Vault-Namespace"));
            _refusal = NoSuchNamespace;
            return AuthenticateResult.Fail("refused: namespace");
        }

        return AuthenticateResult.Success(
            new AuthenticationTicket(new ClaimsPrincipal(new CallerIdentity(inside, presented.Proven)), SchemeName));
    }

    /// <summary>
    /// RFC 6750 section 3.1: a request without a token is told the scheme alone, one with a bad token also that it was bad.
    /// </summary>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_refusal is not null)
        {
            await Surface.Write(Context, _refusal);
            return;
        }

        var sent = !(await HandleAuthenticateOnceSafeAsync()).None;
        if (Surface.Of(Context).Challenge is { } challenge)
        {
            Response.Headers.WWWAuthenticate = sent ? $"{challenge} error=\"invalid_token\"" : challenge;
        }

        await Surface.Write(
            Context,
            Error.Unauthenticated with
            {
                Message = sent
                ? "access denied: the token was not accepted"
                : "access denied: no token was sent"
            });
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Surface.Write(Context, Surface.Of(Context).Forbidden(Needed()));

    /// <summary>
    /// <c>X-Vault-Namespace</c>, on every surface: it must name the caller's own organization; for the operator it selects one. Null
    /// when it does neither. It is never ignored: a call that was meant for another organization must not land in one's own.
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

    /// <summary>Whoever is signed in may know what is missing: nothing in it is about anybody else.</summary>
    private string? Needed()
    {
        var policies = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [];
        var needed = policies.Select(data => data.Policy switch
        {
            Policies.Admin => $"the role admin (the group {roles.Admin})",
            Policies.Auditor => $"the role auditor or admin (the group {roles.Auditor} or {roles.Admin})",
            Policies.Operator => "the operator's bootstrap admin token",
            Policies.Agent => "an agent's credential",
            _ => null,
        }).OfType<string>().FirstOrDefault();
        return needed is null || CallerIdentity.Of(Context.User) is not { } caller
            ? null
            : $"this needs {needed}; you have the role {caller.Role.ToString().ToLowerInvariant()}";
    }
}
