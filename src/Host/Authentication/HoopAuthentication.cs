using System.Security.Claims;
using Hoop.Host.Telemetry;
using Hoop.Identity.Contracts;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Hoop.Shared.Secrets;
using MediatR;
using Microsoft.AspNetCore.Authorization;

namespace Hoop.Host.Authentication;

/// <summary>
/// The only place where a credential is read from a request. Its shape chooses the verifier, the module that owns it says whose it is,
/// Identity admits its owner, and the route's policies say whether that is enough. Every refusal of a credential looks the same.
/// </summary>
/// <remarks>
/// Not a scheme of the framework's: its authentication and authorization build some twenty objects for each request, which was a third
/// of what a remembered caller cost. A remembered caller passes here without waiting for anything.
/// </remarks>
internal sealed class HoopAuthentication(
    RequestDelegate next, KnownCallers callers, RoleGroups roles, SignInLog signIns, GatewayMetrics metrics)
{
    // One text for an organization that is absent and for another's: it tells a caller nothing about its neighbours.
    private static readonly Error NoSuchNamespace = Error.Denied(
        "X-Vault-Namespace: names no organization that you may act in; leave it out to act in your own",
        "wrong_namespace");

    public Task InvokeAsync(HttpContext context)
    {
        var judging = LetsIn(context);
        return !judging.IsCompletedSuccessfully ? GoOn(judging, context) : judging.Result ? next(context) : Task.CompletedTask;
    }

    private async Task GoOn(ValueTask<bool> judging, HttpContext context)
    {
        if (await judging)
        {
            await next(context);
        }
    }

    /// <summary>False when the request was answered.</summary>
    private async ValueTask<bool> LetsIn(HttpContext context)
    {
        // An open route asks nobody who they are: liveness must answer while the database cannot be reached, also to a probe that sends
        // a token.
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return true;
        }

        var presented = PresentedCredential.In(context.Request.Headers);
        var entry = presented is { } credential ? await SignIn(context, credential) : default;
        if (entry.Caller is { } caller)
        {
            context.User = new ClaimsPrincipal(new CallerIdentity(caller, presented!.Value.Proven));
        }

        // Where no route matched (404), or only the router's own refusal did (405, 415), there is nothing to protect.
        if (endpoint is not RouteEndpoint || await Policies.LetIn(context, entry.Caller))
        {
            return true;
        }

        await (entry.Caller is null ? Challenge(context, presented is not null, entry.Refusal) : Forbid(context, entry.Caller));
        return false;
    }

    private async ValueTask<(Caller? Caller, Error? Refusal)> SignIn(HttpContext context, Verdict<SecretText> presented)
    {
        var verdict = presented.Accepted
            ? await callers.Judge(
                presented.Proven, context.Connection.RemoteIpAddress, context.RequestServices, context.RequestAborted)
            : presented.Refusal;
        if (!verdict.Accepted)
        {
            var credential = presented.Accepted ? TokenShapes.NameOf(presented.Proven.RevealSpan()) : "unknown";
            await context.RequestServices.GetRequiredService<IPublisher>().Publish(
                new SignInRefused(RequestOrigin.AddressOf(context) ?? "unknown", credential, verdict.Refusal.Code), context.RequestAborted);
            signIns.Refused(context, verdict.Refusal);
            metrics.Refused(credential, verdict.Refusal.Code);
            return (null, verdict.Refusal.IsForNow ? SignInErrors.NotNow(verdict.Refusal) : null);
        }

        if (await InNamespace(context, verdict.Proven) is not { } inside)
        {
            signIns.Refused(context, new Refusal("namespace", $"{verdict.Proven.Alias} named another organization in X-Vault-Namespace"));
            return (null, NoSuchNamespace);
        }

        return (inside, null);
    }

    /// <summary>
    /// RFC 6750 section 3.1: a request without a token is told the scheme alone, one with a bad token also that it was bad.
    /// </summary>
    private static Task Challenge(HttpContext context, bool sent, Error? refusal)
    {
        if (refusal is not null)
        {
            return Surface.Write(context, refusal);
        }

        if (Surface.Of(context).Challenge is { } challenge)
        {
            context.Response.Headers.WWWAuthenticate = sent ? $"{challenge} error=\"invalid_token\"" : challenge;
        }

        return Surface.Write(
            context,
            Error.Unauthenticated with
            {
                Message = sent
                ? "access denied: the token was not accepted"
                : "access denied: no token was sent"
            });
    }

    private Task Forbid(HttpContext context, Caller caller) =>
        Surface.Write(context, Surface.Of(context).Forbidden(Needed(context, caller)));

    /// <summary>
    /// <c>X-Vault-Namespace</c>, on every surface: it must name the caller's own organization; for the operator it selects one. Null
    /// when it does neither. It is never ignored: a call that was meant for another organization must not land in one's own.
    /// </summary>
    private static async ValueTask<Caller?> InNamespace(HttpContext context, Caller caller)
    {
        if (!context.Request.Headers.TryGetValue("X-Vault-Namespace", out var header)
            || header.ToString().Trim('/') is not { Length: > 0 } name
            || name == "root")
        {
            return caller;
        }

        var organization = await context.RequestServices.GetRequiredService<ISender>()
            .Send(new FindOrganization(name), context.RequestAborted);
        return organization switch
        {
            null => null,
            _ when organization.Id == caller.OrgId => caller,
            _ when caller.Kind == CallerKind.Operator => caller with { OrgId = organization.Id },
            _ => null,
        };
    }

    /// <summary>Whoever is signed in may know what is missing: nothing in it is about anybody else.</summary>
    private string? Needed(HttpContext context, Caller caller)
    {
        var policies = context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [];
        var needed = policies.Select(data => data.Policy switch
        {
            Policies.Admin => $"the role admin (the group {roles.Admin})",
            Policies.Auditor => $"the role auditor or admin (the group {roles.Auditor} or {roles.Admin})",
            Policies.Operator => "the operator's bootstrap admin token",
            Policies.Agent => "an agent's credential",
            _ => null,
        }).OfType<string>().FirstOrDefault();
        return needed is null ? null : $"this needs {needed}; you have the role {caller.Role.ToString().ToLowerInvariant()}";
    }
}
