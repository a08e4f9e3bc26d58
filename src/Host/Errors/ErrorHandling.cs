using System.Diagnostics;
using System.Text.Json;
using Hoop.Host.Authentication;
using Hoop.Host.Pages;
using Hoop.Shared.Data;
using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Spans = Hoop.Shared.Pipeline.Telemetry;

namespace Hoop.Host.Errors;

/// <summary>
/// The last line: whatever escapes a handler becomes an answer in the dialect of the surface. A request that cannot be read is the
/// caller's (400, 413), a database that cannot be reached is nobody's (503), everything else is a bug: logged once, answered with its
/// trace id.
/// </summary>
internal sealed class ErrorHandling(RequestDelegate next, ILogger<ErrorHandling> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        AnswerHeaders.Set(context);
        try
        {
            await next(context);
            await ExplainEmptyFailure(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return;
            }

            context.Response.Clear();
            AnswerHeaders.Set(context);
            await Answer(context, exception);
        }
    }

    private Task Answer(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BodyRefused refused:
                return refused.Status is { } status
                    ? Surface.Write(context, refused.Error, status)
                    : Surface.Write(context, refused.Error);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Surface.Write(context, new Error(ErrorKind.TooLarge, "too_large", "the request body is larger than 1 MiB"));
            case BadHttpRequestException bad:
                return Surface.Write(context, MalformedBody.Explain(bad));
            case JsonException json:
                return Surface.Write(context, MalformedBody.Explain(json));
            case var _ when DatabaseErrors.IsUnavailable(exception):
                logger.LogWarning("The database is not available: {Reason}", exception.Message);
                return Surface.Write(context, Error.Unavailable("the database is not available, try again", "database_unavailable"));
            default:
                return Surface.Write(
                    context,
                    Error.Unavailable($"internal error, trace id {Logged(exception)}", "internal"),
                    StatusCodes.Status500InternalServerError);
        }
    }

    private string? Logged(Exception exception)
    {
        using var trace = Spans.Ensure("request");
        logger.LogError(exception, "Unhandled exception");
        return Activity.Current?.TraceId.ToHexString();
    }

    // Routing answers 404 and 405 and binding answers 415 without a body; a client of this API deserves one.
    private static Task ExplainEmptyFailure(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        var (code, message) = response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ("no_route", $"no route {context.Request.Path}"),
            StatusCodes.Status405MethodNotAllowed =>
                ("method_not_allowed", $"{context.Request.Method} is not allowed here; allowed: {response.Headers.Allow}"),
            StatusCodes.Status415UnsupportedMediaType => ("unsupported_media_type", "send the body as Content-Type: application/json"),
            StatusCodes.Status413PayloadTooLarge => ("too_large", "the request body is larger than 1 MiB"),
            _ => ("refused", "the request was refused"),
        };
        return Surface.Write(context, Error.Malformed(message, code), response.StatusCode);
    }
}
