using Hoop.Shared.Http;
using Hoop.Shared.Results;

namespace Hoop.Host.Authentication;

/// <summary>
/// A request is judged by its headers, and acts when its body is there: whoever holds the body back would act on rights of long ago. So a
/// body that took its time is judged again when it ends, and one that takes too long is refused.
/// </summary>
internal sealed class HeldBodies(RequestDelegate next, TimeProvider clock)
{
    /// <summary>What came within it is as good as at once.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Vault's limit of a request.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest
            && context.GetEndpoint()?.Metadata.GetMetadata<JudgesWhileReading>() is null
            && context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            context.Request.Body = new TimedBody(context.Request.Body, clock, context);
        }

        return next(context);
    }
}

/// <summary>The request cannot go on; what is to be answered.</summary>
internal sealed class BodyRefused(Error error, int? status = null) : Exception(error.Message)
{
    public Error Error => error;

    /// <summary>Null for that of the error's kind.</summary>
    public int? Status => status;
}

/// <summary>Looks at the clock whenever the body goes on, and asks when it ends late.</summary>
internal sealed class TimedBody(Stream body, TimeProvider clock, HttpContext context) : Stream
{
    private static readonly Error TooSlow = Error.Malformed(
        $"the body took longer than {(int)HeldBodies.Longest.TotalSeconds} seconds", "request_timeout");

    private readonly long _begun = clock.GetTimestamp();
    private bool _asked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        var taken = clock.GetElapsedTime(_begun);
        if (taken > HeldBodies.Longest)
        {
            throw new BodyRefused(TooSlow, StatusCodes.Status408RequestTimeout);
        }

        if (read == 0 && buffer.Length > 0 && taken > HeldBodies.AtOnce && !_asked)
        {
            _asked = true;
            if (await context.RequestServices.GetRequiredService<CredentialCheck>().Ask(context) is { } refused)
            {
                throw new BodyRefused(refused);
            }
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
