using System.Diagnostics;
using System.Runtime.InteropServices;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent.Execution;

/// <summary>The one thread that reads and writes.</summary>
internal sealed partial class StreamedCommand
{
    /// <summary>
    /// Waited for so long in all after the program's end, for whoever still holds its output open; then only what is there is read.
    /// </summary>
    private static readonly TimeSpan Straggling = TimeSpan.FromMilliseconds(500);

    /// <summary>And so many bytes of it: more than pipes hold, so nothing of the program's own is among the rest.</summary>
    private const int MostAfterEnd = 4 * 1024 * 1024;

    /// <summary>What the user of a terminal types at the end of a file.</summary>
    private static readonly byte EndByte = 4;

    private void Run()
    {
        var buffer = new byte[StreamRules.LargestFrame];
        var polled = new Libc.PollDescriptor[4];
        var patience = Straggling;
        while (true)
        {
            var (room, wantsToWrite) = Next();
            if (_aborted || (_ended && (_outputs.Count == 0 || _afterEnd >= MostAfterEnd)))
            {
                return;
            }

            polled[0] = Polled(_wake.Read, Libc.PollIn);
            polled[1] = Polled(room > 0 ? _outputs.GetValueOrDefault(OutputKind.Standard) : null, Libc.PollIn);
            polled[2] = Polled(room > 0 ? _outputs.GetValueOrDefault(OutputKind.Error) : null, Libc.PollIn);
            polled[3] = Polled(wantsToWrite ? _inputEnd : null, Libc.PollOut);
            var hasLimit = _ended && room > 0;
            var began = Stopwatch.GetTimestamp();
            var ready = Libc.Poll(polled, (nuint)polled.Length, hasLimit ? (int)patience.TotalMilliseconds : -1);
            if (ready == 0)
            {
                return;
            }

            if (hasLimit)
            {
                patience -= Stopwatch.GetElapsedTime(began);
                patience = patience > TimeSpan.Zero ? patience : TimeSpan.Zero;
            }

            if (polled[0].Returned != 0)
            {
                _ = Libc.Read(_wake.Read, buffer, buffer.Length);
            }

            if (polled[3].Returned != 0)
            {
                Feed();
            }

            foreach (var stream in new[] { OutputKind.Standard, OutputKind.Error })
            {
                if (polled[stream].Returned != 0)
                {
                    Drain(stream, buffer);
                }
            }
        }
    }

    /// <summary>What others have put down since.</summary>
    private (int Room, bool WantsToWrite) Next()
    {
        lock (_gate)
        {
            if (_size is { } size)
            {
                _terminal?.Resize(size.Columns, size.Rows);
                _size = null;
            }

            if (_input.Count == 0 && _inputEnds && _inputEnd is not null && !_ended)
            {
                if (_terminal is null)
                {
                    _inputEnd.Dispose();
                }
                else
                {
                    _ = Libc.Write(_inputEnd, in EndByte, 1);
                }

                _inputEnd = null;
            }

            return ((int)Math.Min(_credit, StreamRules.LargestFrame), _input.Count > 0 && _inputEnd is not null);
        }
    }

    private void Feed()
    {
        int said;
        lock (_gate)
        {
            if (_inputEnd is null || _input.Count == 0)
            {
                return;
            }

            var next = _input.Next;
            var written = (int)Libc.Write(_inputEnd, in MemoryMarshal.GetReference(next), next.Length);
            if (written < 0 && Marshal.GetLastPInvokeError() is Libc.TryAgain or Libc.Interrupted)
            {
                return;
            }

            if (written < 0)
            {
                // The program does not want more, which is its right. Its sender is not held up.
                written = _input.Count;
                _inputEnd = _terminal is null ? Close(_inputEnd) : null;
            }

            _input.Remove(written);
            _unsaid += written;

            // What is not said yet is less than a quarter: the gateway never waits for it.
            if (_unsaid < StreamRules.Window / 4)
            {
                return;
            }

            (said, _unsaid) = (_unsaid, 0);
        }

        taken(said).GetAwaiter().GetResult();

        static SafeDescriptor? Close(SafeDescriptor end)
        {
            end.Dispose();
            return null;
        }
    }

    private void Drain(int stream, byte[] buffer)
    {
        int room;
        lock (_gate)
        {
            room = (int)Math.Min(_credit, buffer.Length);
        }

        if (room == 0)
        {
            return;
        }

        var read = (int)Libc.Read(_outputs[stream], buffer, room);
        if (read < 0 && Marshal.GetLastPInvokeError() is Libc.TryAgain or Libc.Interrupted)
        {
            return;
        }

        if (read <= 0)
        {
            // The end; a terminal whose other end is closed answers EIO.
            _outputs.Remove(stream);
            return;
        }

        lock (_gate)
        {
            _credit -= read;
            _afterEnd += _ended ? read : 0;
        }

        // This thread has nothing else to do than to wait: what the channel does not take, the program may not write.
        send(stream, buffer[..read]).GetAwaiter().GetResult();
        Sent += read;
    }

    private static Libc.PollDescriptor Polled(SafeDescriptor? descriptor, short events) =>
        new() { Descriptor = descriptor?.Number ?? -1, Events = events };
}
