using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Serilog;
using Serilog.Events;

namespace Hoop.Host.Logging;

/// <summary>
/// One line a request: method, path, status, milliseconds, client, organization, caller, trace id. Never a header, query or body.
/// </summary>
internal static class RequestLog
{
    public const string Client = "client";
    public const string Organization = "org";
    public const string Caller = "caller";

    public static void UseRequestLog(this WebApplication app) => app.UseSerilogRequestLogging(log =>
    {
        log.Logger = app.Services.GetRequiredService<Serilog.ILogger>();
        log.MessageTemplate = "{method} {path} {status} {elapsed_ms:0.0} ms";
        log.GetMessageTemplateProperties = Properties;
        log.GetLevel = (context, _, _) => context.Response.StatusCode >= 500 ? LogEventLevel.Warning
            : context.GetEndpoint()?.Metadata.GetMetadata<QuietRoute>() is not null ? LogEventLevel.Debug
            : LogEventLevel.Information;
    });

    private static IEnumerable<LogEventProperty> Properties(HttpContext context, string path, double elapsed, int status)
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
