using System.Diagnostics;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Serilog.Events;
using Serilog.Parsing;

namespace Hoop.Host.Logging;

/// <summary>
/// One line a request: method, path, status, milliseconds, client, organization, caller, trace id. Never a header, query or body. What
/// is not going to be written costs nothing: no trace is begun for it, unless the client brought one along.
/// </summary>
internal sealed class RequestLog(RequestDelegate next, Serilog.ILogger logger, TimeProvider clock)
{
    public const string Client = "client";
    public const string Organization = "org";
    public const string Caller = "caller";

    private static readonly MessageTemplate Line = new MessageTemplateParser().Parse("{method} {path} {status} {elapsed_ms:0.0} ms");

    private readonly Serilog.ILogger _log = logger.ForContext<RequestLog>();

    public async Task InvokeAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        using var trace = Trace(context);
        try
        {
            await next(context);
        }
        catch (Exception exception) when (Write(context, began, StatusCodes.Status500InternalServerError, exception))
        {
            throw;
        }

        Write(context, began, context.Response.StatusCode, exception: null);
    }

    // Where traces are collected the framework has begun one.
    private Activity? Trace(HttpContext context)
    {
        if (Activity.Current is not null)
        {
            return null;
        }

        var headers = context.Request.Headers;
        var isContinued = ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var parent);
        if (!isContinued && !_log.IsEnabled(LogEventLevel.Information))
        {
            return null;
        }

        var trace = new Activity("request");
        if (isContinued)
        {
            trace.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).TraceStateString = parent.TraceState;
        }

        return trace.Start();
    }

    private bool Write(HttpContext context, long began, int status, Exception? exception)
    {
        var level = status >= 500 ? LogEventLevel.Warning
            : context.GetEndpoint()?.Metadata.GetMetadata<QuietRoute>() is not null ? LogEventLevel.Debug
            : LogEventLevel.Information;
        if (_log.IsEnabled(level))
        {
            var (elapsed, trace) = (Stopwatch.GetElapsedTime(began).TotalMilliseconds, Activity.Current);
            _log.Write(new LogEvent(
                clock.GetLocalNow(), level, exception, Line, Properties(context, elapsed, status),
                trace?.TraceId ?? default, trace?.SpanId ?? default));
        }

        return true;
    }

    private static IEnumerable<LogEventProperty> Properties(HttpContext context, double elapsed, int status)
    {
        yield return Of("method", context.Request.Method);
        yield return Of("path", context.Request.Path.Value);
        yield return Of("status", status);
        yield return Of("elapsed_ms", Math.Round(elapsed, 1));
        if (RequestOrigin.AddressOf(context) is { } client)
        {
            yield return Of(Client, client);
        }

        if (RequestOrigin.UserAgentOf(context) is { } agent)
        {
            yield return Of("user_agent", agent);
        }

        if (CallerIdentity.Of(context.User) is { } caller)
        {
            yield return Of(Organization, caller.OrgId.ToString());
            yield return Of(Caller, $"{caller.Kind}:{caller.Subject}");
        }
    }

    private static LogEventProperty Of(string name, object? value) => new(name, new ScalarValue(value));
}

/// <summary>A route that is asked every few seconds: its line is for those who want to see everything.</summary>
internal sealed class QuietRoute
{
    public static QuietRoute Metadata { get; } = new();
}
