using System.Buffers;
using System.IO.Pipelines;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http.Features;

namespace Hoop.Host.Authentication;

/// <summary>
/// A request is judged by its headers, and acts when its body is there: whoever holds the body back would act on rights of long ago. So a
/// body that took its time is judged again when it ends, and one that takes too long is refused; so is one for which there is no room.
/// </summary>
internal sealed class HeldBodies(RequestDelegate next, BodyBudget budget, TimeProvider clock)
{
    /// <summary>What came within it is as good as at once.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>Vault's limit of a request.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest
            && context.GetEndpoint()?.Metadata.GetMetadata<JudgesWhileReading>() is null
            && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            // Both ways to the body: a reader over the stream would copy what the server's own reader holds already.
            var judge = new BodyJudge(context, budget, clock);
            var reader = context.Request.BodyReader;
            context.Request.Body = new TimedBody(context.Request.Body, judge);
            context.Features.Set<IRequestBodyPipeFeature>(new TimedReader(reader, judge));
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

/// <summary>Looks at the clock and at the bytes whenever the body goes on, and asks when it ends late.</summary>
internal sealed class BodyJudge(HttpContext context, BodyBudget budget, TimeProvider clock) : IDisposable
{
    private static readonly Error TooSlow = Error.Malformed(
        $"the body took longer than {(int)HeldBodies.Longest.TotalSeconds} seconds", "request_timeout");

    private readonly long _begun = clock.GetTimestamp();
    private BodyBudget.Share? _share;
    private bool _asked;

    /// <param name="total">Bytes so far.</param>
    /// <param name="isEnd">No more come.</param>
    /// <exception cref="BodyRefused">It took too long, there is no room for it, or its sender is not let in any more.</exception>
    public ValueTask Judge(long total, bool isEnd)
    {
        var counted = _share?.All ?? 0;
        if (total - BodyBudget.Free > counted)
        {
            Count(total - BodyBudget.Free - counted);
        }

        var taken = clock.GetElapsedTime(_begun);
        return taken > HeldBodies.Longest ? throw new BodyRefused(TooSlow, StatusCodes.Status408RequestTimeout)
            : isEnd && taken > HeldBodies.AtOnce && !_asked ? Ask()
            : default;
    }

    /// <summary>With the request, what was made of the body goes too.</summary>
    public void Dispose()
    {
        if (_share is { } share)
        {
            budget.GiveBack(share);
        }
    }

    private void Count(long bytes)
    {
        if (_share is null)
        {
            _share = new BodyBudget.Share(CallerIdentity.Of(context.User)?.OrgId ?? Guid.Empty);
            context.Response.RegisterForDispose(this);
        }

        budget.Take(_share, bytes);
    }

    private async ValueTask Ask()
    {
        _asked = true;
        if (await context.RequestServices.GetRequiredService<CredentialCheck>().Ask(context) is { } refused)
        {
            throw new BodyRefused(refused);
        }
    }
}

/// <summary>The body as the server's reader gives it.</summary>
internal sealed class TimedReader(PipeReader body, BodyJudge judge) : PipeReader, IRequestBodyPipeFeature
{
    private ReadOnlySequence<byte> _shown;
    private long _taken;

    public PipeReader Reader => this;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(cancellationToken);
        try
        {
            await judge.Judge(_taken + read.Buffer.Length, read.IsCompleted);
            _shown = read.Buffer;
            return read;
        }
        catch
        {
            // The server goes on with what nobody has taken.
            body.AdvanceTo(read.Buffer.Start);
            throw;
        }
    }

    /// <summary>The end has to be waited for, with <see cref="ReadAsync"/>.</summary>
    public override bool TryRead(out ReadResult result)
    {
        if (!body.TryRead(out result))
        {
            return false;
        }

        if (!result.IsCompleted)
        {
            _shown = result.Buffer;
            return true;
        }

        body.AdvanceTo(result.Buffer.Start);
        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed)
    {
        Count(consumed);
        body.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Count(consumed);
        body.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    private void Count(SequencePosition consumed)
    {
        _taken += _shown.IsEmpty ? 0 : _shown.Slice(_shown.Start, consumed).Length;
        _shown = default;
    }
}

/// <summary>The body as a stream.</summary>
internal sealed class TimedBody(Stream body, BodyJudge judge) : Stream
{
    private long _taken;

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
        _taken += read;
        await judge.Judge(_taken, isEnd: read == 0 && buffer.Length > 0);
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
