using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace Hoop.Host.Errors;

/// <summary>
/// Tells whoever asks a hub's address without <c>Upgrade: websocket</c> what is missing. It is mostly a proxy that does not pass the header on, and
/// the hub's own refusal ("Connection ID required") leads nobody there.
/// </summary>
internal sealed class UpgradeRequired(RequestDelegate next)
{
    private static readonly Error Refusal = Error.Malformed(
        "this address speaks WebSocket, and the request came without \"Upgrade: websocket\"; a proxy in front of the gateway must pass Upgrade and Connection on",
        "upgrade_required");

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata
            || metadata.GetMetadata<HubMetadata>() is null
            || metadata.GetMetadata<NegotiateMetadata>() is not null
            || IsWebSocket(context))
        {
            return next(context);
        }

        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        return Surface.Write(context, Refusal, StatusCodes.Status426UpgradeRequired);
    }

    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest is true
        && context.Request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase);
}
