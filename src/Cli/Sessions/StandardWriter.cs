using System.Runtime.InteropServices;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.Output;

namespace Hoop.Cli.Sessions;

/// <summary>
/// Standard output or error as it is. The framework's own says nothing when the reader has gone (<c>hoop exec … | head</c>), and a
/// command that nobody hears would run on.
/// </summary>
/// <param name="isForgiving">
/// What cannot be written is dropped: for messages, of which nobody can be told that they were not told.
/// </param>
internal sealed class StandardWriter(int descriptor, bool isForgiving = false) : Stream
{
    private readonly SafeDescriptor _descriptor = new(descriptor);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="UnwrittenException">Nobody reads any more, or the disk is full.</exception>
    public override void Write(byte[] buffer, int offset, int count)
    {
        for (var rest = buffer.AsSpan(offset, count); rest.Length > 0;)
        {
            var written = (int)Libc.Write(_descriptor, in MemoryMarshal.GetReference(rest), rest.Length);
            if (written >= 0)
            {
                rest = rest[written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Libc.Interrupted:
                    break;
                case Libc.TryAgain:
                    _ = Libc.Poll([new Libc.PollDescriptor { Descriptor = _descriptor.Number, Events = Libc.PollOut }], 1, -1);
                    break;
                case var _ when isForgiving:
                    return;
                case var error:
                    throw new UnwrittenException(Marshal.GetLastPInvokeErrorMessage(), isUnheard: error == Libc.NoReader);
            }
        }
    }

    public override void Flush()
    {
        // Nothing is kept here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
