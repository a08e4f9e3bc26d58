using Microsoft.AspNetCore.Http;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// A GET of the channel without the headers of a WebSocket comes from a proxy that does not pass them on; whoever set it up is told so
/// (RFC 9110 section 15.5.22). SignalR would answer that a connection id is missing.
/// </summary>
internal static class NotUpgraded
{
    public static RequestDelegate Before(RequestDelegate next) => async context =>
    {
        // Over HTTP/2 a WebSocket is an extended CONNECT (RFC 8441).
        if (!HttpMethods.IsGet(context.Request.Method)
            || context.Request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        context.Response.Headers.Upgrade = "websocket";
        await context.Response.WriteAsJsonAsync(new
        {
            message = "this is the agents' WebSocket; a proxy before the gateway must pass the headers Upgrade and Connection on",
            code = "upgrade_required",
        });
    };
}
