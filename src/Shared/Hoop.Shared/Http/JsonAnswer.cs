using System.Buffers;
using System.Text.Json;
using Hoop.Shared.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Hoop.Shared.Http;

/// <summary>
/// Writes a body of JSON whole and with its length: no chunks, and one write to the socket. For answers that are bounded anyway, as every
/// page is.
/// </summary>
public static class JsonAnswer
{
    /// <param name="context">Its status is set already.</param>
    /// <param name="value">As the type that it is declared as.</param>
    public static Task Write<T>(HttpContext context, T value)
    {
        ArgumentNullException.ThrowIfNull(context);
        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var json = KeptJson.Take(options.Encoder);
        JsonSerializer.Serialize(json.Writer, value, options);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = json.Written.Length;
        var starting = context.Response.StartAsync(CancellationToken.None);
        if (!starting.IsCompletedSuccessfully || json.Written.Length > KeptJson.Largest)
        {
            return Finish(context, starting, json);
        }

        // It is sent when the request ends.
        context.Response.BodyWriter.Write(json.Written.Span);
        json.GiveBack();
        return Task.CompletedTask;
    }

    private static async Task Finish(HttpContext context, Task starting, KeptJson json)
    {
        await starting;
        await context.Response.BodyWriter.WriteAsync(json.Written, context.RequestAborted);
    }
}
