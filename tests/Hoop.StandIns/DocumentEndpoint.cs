using System.Text;
using Microsoft.AspNetCore.Http;

namespace Hoop.StandIns;

/// <summary>What can be wrong with an endpoint that serves a JSON document.</summary>
public enum DocumentFault
{
    None,

    /// <summary>The connection is cut without an answer.</summary>
    Down,

    /// <summary>500 with an empty body.</summary>
    ServerError,

    /// <summary>No answer, ever.</summary>
    Hang,

    /// <summary>The right document, one byte a second.</summary>
    Slow,

    /// <summary>200 and an HTML page, as a captive portal or a proxy sends it.</summary>
    Html,

    /// <summary>200 and 10 MiB of white space before the document, without a length.</summary>
    Oversize,

    /// <summary>302 to itself.</summary>
    RedirectLoop,

    /// <summary>A redirect to <see cref="DocumentEndpoint.RedirectTarget"/>.</summary>
    Redirect,

    /// <summary>The right document as <c>text/plain</c>.</summary>
    WrongContentType,

    /// <summary>Half the document, then the connection is cut.</summary>
    CutBody,

    /// <summary>200 and text that is not JSON.</summary>
    Garbage,
}

/// <summary>A URL that serves one JSON document, counts its requests and misbehaves on demand. For use from many threads.</summary>
public sealed class DocumentEndpoint
{
    private const int Oversize = 10 * 1024 * 1024;

    private readonly string _path;
    private int _requests;

    internal DocumentEndpoint(string path) => _path = path;

    /// <summary>How the next answers go wrong.</summary>
    public DocumentFault Fault { get; set; }

    /// <summary>Where <see cref="DocumentFault.Redirect"/> points.</summary>
    public string RedirectTarget { get; set; } = "/";

    /// <summary>The status of <see cref="DocumentFault.Redirect"/>.</summary>
    public int RedirectStatus { get; set; } = StatusCodes.Status302Found;

    /// <summary>Requests seen since the start, broken ones included.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>A request that is answered elsewhere.</summary>
    internal void Count() => Interlocked.Increment(ref _requests);

    internal Task Answer(LoopbackServer server, HttpContext context, string document)
    {
        Interlocked.Increment(ref _requests);
        var body = Encoding.UTF8.GetBytes(document);
        var response = context.Response;
        response.ContentType = "application/json";
        switch (Fault)
        {
            case DocumentFault.Down:
                context.Abort();
                return Task.CompletedTask;
            case DocumentFault.ServerError:
                response.StatusCode = StatusCodes.Status500InternalServerError;
                return Task.CompletedTask;
            case DocumentFault.Hang:
                return server.Hang(context);
            case DocumentFault.Slow:
                return Drip(server, context, body);
            case DocumentFault.Html:
                response.ContentType = "text/html; charset=utf-8";
                return response.WriteAsync("<!DOCTYPE html><title>Sign in to the network</title>", context.RequestAborted);
            case DocumentFault.Oversize:
                return Flood(context, body);
            case DocumentFault.RedirectLoop:
                response.Redirect(_path);
                return Task.CompletedTask;
            case DocumentFault.Redirect:
                response.StatusCode = RedirectStatus;
                response.Headers.Location = RedirectTarget;
                return Task.CompletedTask;
            case DocumentFault.WrongContentType:
                response.ContentType = "text/plain";
                break;
            case DocumentFault.CutBody:
                return LoopbackServer.Cut(context, body);
            case DocumentFault.Garbage:
                return response.WriteAsync("{\"keys\": [", context.RequestAborted);
        }

        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static async Task Drip(LoopbackServer server, HttpContext context, byte[] body)
    {
        for (var at = 0; at < body.Length
            && !context.RequestAborted.IsCancellationRequested
            && !server.Stopping.IsCancellationRequested; at++)
        {
            await context.Response.Body.WriteAsync(body.AsMemory(at, 1), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await server.Wait(context, TimeSpan.FromSeconds(1));
        }
    }

    private static async Task Flood(HttpContext context, byte[] body)
    {
        var blanks = new byte[64 * 1024];
        blanks.AsSpan().Fill((byte)' ');
        for (var sent = 0; sent < Oversize; sent += blanks.Length)
        {
            await context.Response.Body.WriteAsync(blanks, context.RequestAborted);
        }

        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
