using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Identity.Vault;

/// <summary>
/// Vault's verbs: POST and PUT write, GET reads, LIST and <c>GET ?list=true</c> list, DELETE deletes. Each verb is described once;
/// its second spelling is left out of the OpenAPI document, which does not know LIST at all.
/// </summary>
internal static class VaultRoutes
{
    /// <summary>Vault's 32 MiB, for every write; what a body may hold is bounded beside (<see cref="StrictObject.MostTokens"/>).</summary>
    private static readonly RequestSizeLimitAttribute LargeBody = new(32 * 1024 * 1024);

    private static readonly RequestSizeLimitAttribute SmallBody = new(64 * 1024);

    /// <param name="group">Below <c>/v1</c>.</param>
    /// <param name="path">Behind the group's.</param>
    /// <param name="name">Of the operation.</param>
    /// <param name="policy">Whom it lets in.</param>
    /// <param name="fields">All that the handler reads from its <see cref="VaultBody"/>.</param>
    /// <param name="handler">Of both verbs.</param>
    public static RouteHandlerBuilder MapVaultWrite(
        this RouteGroupBuilder group, string path, string name, string policy, VaultFields fields, Delegate handler)
    {
        group.MapPut(path, handler).AddEndpointFilter(OnlyWrite).RequireAuthorization(policy).WithMetadata(fields, LargeBody)
            .ExcludeFromDescription();
        return group.MapPost(path, handler).AddEndpointFilter(OnlyWrite).RequireAuthorization(policy).WithMetadata(fields, LargeBody)
            .WithName(name);
    }

    /// <summary>A question with a body, which Vault takes with a slash at its end as well.</summary>
    public static RouteHandlerBuilder MapVaultQuestion(
        this RouteGroupBuilder group, string path, string name, string policy, VaultFields fields, Delegate handler)
    {
        group.MapPut(path, handler).AddEndpointFilter(Unwrapped).RequireAuthorization(policy).WithMetadata(fields).ExcludeFromDescription();
        return group.MapPost(path, handler).AddEndpointFilter(Unwrapped).RequireAuthorization(policy).WithMetadata(fields).WithName(name);
    }

    /// <summary>Where nobody is signed in yet: a small body, and no policy.</summary>
    public static RouteHandlerBuilder MapVaultLogin(
        this RouteGroupBuilder group, string path, string name, VaultFields fields, Delegate handler)
    {
        group.MapPut(path, handler).AddEndpointFilter(OnlyWrite).AllowAnonymous().WithMetadata(fields, SmallBody).ExcludeFromDescription();
        return group.MapPost(path, handler).AddEndpointFilter(OnlyWrite).AllowAnonymous().WithMetadata(fields, SmallBody).WithName(name);
    }

    public static IEndpointConventionBuilder MapVaultRead(
        this RouteGroupBuilder group, string path, string name, string policy, Delegate handler) =>
        group.MapGet(path, handler).AddEndpointFilter(OnlyRead).RequireAuthorization(policy).WithName(name);

    public static IEndpointConventionBuilder MapVaultList(
        this RouteGroupBuilder group, string path, string name, string policy, Delegate handler)
    {
        group.MapMethods(path, ["LIST"], handler).AddEndpointFilter(Unwrapped).RequireAuthorization(policy).ExcludeFromDescription();
        return group.MapGet(path, handler).AddEndpointFilter(OnlyList).RequireAuthorization(policy).WithName(name)
            .WithMetadata(new VaultListing());
    }

    /// <summary>A list that a plain GET answers too, as the oldest paths do.</summary>
    public static IEndpointConventionBuilder MapVaultReadOrList(
        this RouteGroupBuilder group, string path, string name, string policy, Delegate handler)
    {
        group.MapMethods(path, ["LIST"], handler).AddEndpointFilter(Unwrapped).RequireAuthorization(policy).ExcludeFromDescription();
        return group.MapGet(path, handler).AddEndpointFilter(AnyRead).RequireAuthorization(policy).WithName(name);
    }

    public static IEndpointConventionBuilder MapVaultDelete(
        this RouteGroupBuilder group, string path, string name, string policy, Delegate handler) =>
        group.MapDelete(path, handler).AddEndpointFilter(OnlyDelete).RequireAuthorization(policy).WithName(name);

    private static ValueTask<object?> OnlyWrite(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        EndsInSlash(context) ? Refuse(StatusCodes.Status400BadRequest, "cannot write to a path ending in '/'") : Unwrapped(context, next);

    private static ValueTask<object?> OnlyRead(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        WantsList(context) switch
        {
            null => Refuse(StatusCodes.Status400BadRequest),
            true => Refuse(StatusCodes.Status405MethodNotAllowed, VaultTexts.UnsupportedOperation),
            false when EndsInSlash(context) => Refuse(StatusCodes.Status404NotFound, VaultTexts.UnsupportedPath),
            false => Unwrapped(context, next),
        };

    private static ValueTask<object?> AnyRead(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        WantsList(context) is null ? Refuse(StatusCodes.Status400BadRequest) : Unwrapped(context, next);

    private static ValueTask<object?> OnlyList(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        WantsList(context) switch
        {
            null => Refuse(StatusCodes.Status400BadRequest),
            true => Unwrapped(context, next),
            false => Refuse(StatusCodes.Status405MethodNotAllowed, VaultTexts.UnsupportedOperation),
        };

    private static ValueTask<object?> OnlyDelete(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        EndsInSlash(context) ? Refuse(StatusCodes.Status404NotFound, VaultTexts.UnsupportedPath) : Unwrapped(context, next);

    // A caller that asks for a wrapped answer must not get its secret in clear.
    private static ValueTask<object?> Unwrapped(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Request.Headers["X-Vault-Wrap-TTL"].ToString() is "" or "0" or "0s"
            ? next(context)
            : Refuse(StatusCodes.Status400BadRequest, "X-Vault-Wrap-TTL: this gateway wraps no answers; leave the header out");

    private static bool EndsInSlash(EndpointFilterInvocationContext context) => context.HttpContext.Request.Path.Value!.EndsWith('/');

    // Null when ?list= holds what is not a truth value.
    private static bool? WantsList(EndpointFilterInvocationContext context) => WantsList(context.HttpContext.Request);

    /// <summary>
    /// The one reading of <c>?list=</c>, for policies and for handlers: two values are no truth value, or each would take another one.
    /// </summary>
    public static bool? WantsList(HttpRequest request) => request.Query["list"] switch
    {
        [] or [null or ""] => false,
        [{ } text] => GoBool.TryParse(text, out var list) ? list : null,
        _ => null,
    };

    private static ValueTask<object?> Refuse(int status, params string[] errors) =>
        ValueTask.FromResult<object?>(Results.Json(new VaultErrorBody(errors), statusCode: status));
}
