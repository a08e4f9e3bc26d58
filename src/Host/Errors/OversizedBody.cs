using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http.Features;

namespace Hoop.Host.Errors;

/// <summary>
/// Refuses a body by the length that it announces. Up to <see cref="Surplus"/> more than is allowed is read and thrown away first: the
/// server closes a connection whose body it has not read, and a client that is still writing would see a broken pipe and no reason.
/// </summary>
internal sealed class OversizedBody(RequestDelegate next)
{
    private const long Mebibyte = 1024 * 1024;
    private const long Surplus = 8 * Mebibyte;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public Task InvokeAsync(HttpContext context) =>
        context.Request.ContentLength is { } length
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false, MaxRequestBodySize: { } most } limit
            && length > most
            ? Refuse(context, limit, length, most)
            : next(context);

    private static async Task Refuse(HttpContext context, IHttpMaxRequestBodySizeFeature limit, long length, long most)
    {
        if (length <= most + Surplus)
        {
            limit.MaxRequestBodySize = length;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(Longest);
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null, patience.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or BadHttpRequestException)
            {
                // Too slow, or gone: it is refused all the same.
            }
        }

        await Surface.Write(
            context, new Error(ErrorKind.TooLarge, "too_large", $"the request body is larger than {most / Mebibyte} MiB"));
    }
}
