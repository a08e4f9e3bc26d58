using System.Runtime.InteropServices;
using static Hoop.Cli.Agent.Execution.Libc;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Our ends of a command's standard streams: writes the script and reads the output at the same time, so neither side can block the
/// other for good. Standard output and standard error are one pipe, so they are merged by the system in the order in which they were
/// written.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private const int LookAroundMilliseconds = 50;

    /// <summary>
    /// Rounds after <see cref="Abandon"/>, enough for the largest pipe: what a command wrote before its end is not lost on a busy
    /// machine.
    /// </summary>
    private const int LastRounds = 64;

    private readonly SafeDescriptor _childInput;
    private readonly SafeDescriptor _childOutput;
    private readonly SafeDescriptor _input;
    private readonly SafeDescriptor _output;
    private volatile bool _abandoned;

    public StandardStreams()
    {
        (_childInput, _input) = Pipe(weRead: false);
        (_output, _childOutput) = Pipe(weRead: true);
    }

    /// <summary>The ends that the command gets as its standard input and as both of its outputs.</summary>
    public (SafeDescriptor Input, SafeDescriptor Output) Child => (_childInput, _childOutput);

    /// <summary>
    /// Completes when the script is written or refused and nobody holds the output open any more, or soon after
    /// <see cref="Abandon"/>.
    /// </summary>
    public Task Pump(ReadOnlyMemory<byte> script, OutputBuffer output)
    {
        // Otherwise our own copy would keep the output from ever ending.
        _childInput.Dispose();
        _childOutput.Dispose();
        return Task.Factory.StartNew(
            () => Run(script, output), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Stops reading when there is nothing more to read at once: for a process that got away with the output still open.</summary>
    public void Abandon() => _abandoned = true;

    public void Dispose()
    {
        _childInput.Dispose();
        _childOutput.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    private void Run(ReadOnlyMemory<byte> script, OutputBuffer output)
    {
        var buffer = new byte[64 * 1024];
        // A negative descriptor is passed over by poll(2).
        var polled = new PollDescriptor[]
        {
            new() { Descriptor = _output.Number, Events = PollIn },
            new() { Descriptor = _input.Number, Events = PollOut },
        };

        for (var rounds = LastRounds; rounds > 0; rounds -= _abandoned ? 1 : 0)
        {
            if (polled[1].Descriptor >= 0 && script.IsEmpty)
            {
                _input.Dispose();
                polled[1].Descriptor = -1;
            }

            // Not at the end of the output alone: a command may close it and still read the script.
            if (polled[0].Descriptor < 0 && polled[1].Descriptor < 0)
            {
                return;
            }

            var ready = Poll(polled, (nuint)polled.Length, _abandoned ? 0 : LookAroundMilliseconds);
            if (ready == 0 && _abandoned)
            {
                return;
            }

            if (ready <= 0)
            {
                continue;
            }

            if (polled[1].Returned != 0 && !Feed(ref script))
            {
                script = default;
            }

            if (polled[0].Returned != 0 && !Drain(buffer, output))
            {
                polled[0].Descriptor = -1;
            }
        }
    }

    /// <summary>False when the command does not want more (EPIPE), which is its right.</summary>
    private bool Feed(ref ReadOnlyMemory<byte> script)
    {
        var written = Write(_input, in MemoryMarshal.GetReference(script.Span), script.Length);
        if (written < 0)
        {
            return Marshal.GetLastPInvokeError() is TryAgain or Interrupted;
        }

        script = script[(int)written..];
        return true;
    }

    /// <summary>False at the end of the output.</summary>
    private bool Drain(byte[] buffer, OutputBuffer output)
    {
        var read = Read(_output, buffer, buffer.Length);
        if (read < 0)
        {
            return Marshal.GetLastPInvokeError() is TryAgain or Interrupted;
        }

        output.Append(buffer.AsSpan(0, (int)read));
        return read > 0;
    }
}
