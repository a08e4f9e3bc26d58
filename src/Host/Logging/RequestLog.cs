using System.Diagnostics;
using System.Globalization;
using Hoop.Shared.Callers;

namespace Hoop.Host.Logging;

/// <summary>One line a request: trace id, organization, caller, method, path, status, milliseconds. Never a header, query or body.</summary>
internal sealed class RequestLog(RequestDelegate next, ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            Write(context, Stopwatch.GetElapsedTime(start));
        }
    }

    private void Write(HttpContext context, TimeSpan elapsed)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        if (Activity.Current is { } activity)
        {
            activity.DisplayName = $"{context.Request.Method} {route ?? "no route"}";
            activity.SetTag("http.request.method", context.Request.Method);
            activity.SetTag("http.route", route);
            activity.SetTag("http.response.status_code", context.Response.StatusCode);
        }

        var health = context.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal);
        var level = context.Response.StatusCode >= 500 ? LogLevel.Warning : health ? LogLevel.Debug : LogLevel.Information;
        if (logger.IsEnabled(level))
        {
            var caller = CallerIdentity.Of(context.User);
            logger.Log(
                level,
                "{Method} {Path} {Status} {Elapsed} ms org={Organization} caller={Caller} trace={Trace}",
                context.Request.Method,
                context.Request.Path.Value,
                context.Response.StatusCode,
                elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture),
                caller?.OrgId.ToString() ?? "-",
                caller is null ? "-" : $"{caller.Kind}:{caller.Subject}",
                Activity.Current?.TraceId.ToHexString() ?? "-");
        }
    }
}
