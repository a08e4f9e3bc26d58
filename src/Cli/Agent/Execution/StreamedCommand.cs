using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// The bytes of one running command, both ways. Reads no more from the program than the gateway has room for, so a slow reader at the far
/// end slows the program; writes to it what the gateway sends, and says what has gone in. One thread of its own does all of it, so that
/// no order of events is lost; everybody else puts down what is to be done and wakes it.
/// </summary>
/// <param name="send">Sends bytes of an output, <see cref="OutputKind"/>; ends when they are on their way.</param>
/// <param name="taken">Says how many bytes of input have gone into the program.</param>
internal sealed partial class StreamedCommand(Func<int, byte[], Task> send, Func<int, Task> taken) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ByteQueue _input = new();
    private readonly Dictionary<int, SafeDescriptor> _outputs = [];
    private readonly (SafeDescriptor Read, SafeDescriptor Write) _wake = WakePipe();
    private SafeDescriptor? _inputEnd;
    private PseudoTerminal? _terminal;
    private ProcessGroup? _group;
    private (int Columns, int Rows)? _size;
    private int _unsaid;
    private long _credit = StreamRules.Window;
    private long _afterEnd;
    private bool _inputEnds;
    private bool _ended;
    private bool _aborted;
    private bool _disposed;

    /// <summary>Bytes of output that were sent.</summary>
    public long Sent { get; private set; }

    /// <summary>False: more than the window, which our gateway does not send.</summary>
    public bool Input(byte[] data) => Do(() =>
    {
        if (_inputEnds || _ended)
        {
            // Late: the program does not read any more, or said to be done. Dropped, without effect on its output.
            return true;
        }

        if (_input.Count + data.Length > StreamRules.Window)
        {
            return false;
        }

        _input.Add(data);
        return true;
    });

    public void EndOfInput() => Do(() => _inputEnds = true);

    /// <summary>The gateway has room for so many bytes more.</summary>
    public void Taken(int bytes) => Do(() => _credit = Math.Min(_credit + Math.Max(0, bytes), StreamRules.Window));

    public void Resize(int columns, int rows)
    {
        if (PseudoTerminal.IsSize(columns, rows))
        {
            Do(() => _size = (columns, rows));
        }
    }

    /// <summary>At once, also while the program does not read: to the group in front of its terminal, or to its own.</summary>
    public void Signal(string name)
    {
        lock (_gate)
        {
            var signal = name switch
            {
                "INT" => Libc.SigInterrupt, "QUIT" => Libc.SigQuit, "TERM" => Libc.SigTerminate, "HUP" => Libc.SigHangUp, _ => 0,
            };
            if (signal > 0 && _group is { } group && !_ended && !_disposed)
            {
                _ = Libc.Kill(-(_terminal?.Foreground() ?? group.Id), signal);
            }
        }
    }

    /// <summary>Starts the program with what <paramref name="terms"/> ask for.</summary>
    /// <exception cref="CommandNotStartedException">The system refused.</exception>
    /// <exception cref="IOException">No pipes, or no terminal.</exception>
    public ProcessGroup Start(StreamTerms terms, Func<ChildStreams, ProcessGroup> start)
    {
        if (terms.Terminal is { } asked)
        {
            _terminal = PseudoTerminal.Open(asked.Columns, asked.Rows);
            _outputs[OutputKind.Standard] = _inputEnd = _terminal.Master;
            return _group = start(new ChildStreams(Input: null, Output: null, Error: null, _terminal.Path));
        }

        var (input, output, error) = (Libc.Pipe(weRead: false), Libc.Pipe(weRead: true), Libc.Pipe(weRead: true));
        (_inputEnd, _outputs[OutputKind.Standard], _outputs[OutputKind.Error]) = (input.Write, output.Read, error.Read);

        // Otherwise our own copies would keep the outputs from ever ending.
        using (input.Read)
        using (output.Write)
        using (error.Write)
        {
            return _group = start(new ChildStreams(input.Read, output.Write, error.Write, Terminal: null));
        }
    }

    /// <summary>Ends when the program's outputs have ended and are sent, or a little after the program has.</summary>
    public Task Pump() =>
        Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The program has ended; what it wrote is still to be sent.</summary>
    public void Ended() => Do(() => _ended = true);

    /// <summary>Nobody wants the rest.</summary>
    public void Abort() => Do(() => _aborted = true);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var output in _outputs.Values)
            {
                output.Dispose();
            }

            _inputEnd?.Dispose();
            _terminal?.Dispose();
            _wake.Read.Dispose();
            _wake.Write.Dispose();
        }
    }

    // Neither end waits: a byte that finds no room was not needed, the pump wakes up anyway.
    private static (SafeDescriptor Read, SafeDescriptor Write) WakePipe()
    {
        var pipe = Libc.Pipe(weRead: true);
        Libc.DoNotBlock(pipe.Write);
        return pipe;
    }

    private T Do<T>(Func<T> change)
    {
        lock (_gate)
        {
            var result = change();
            if (!_disposed)
            {
                _ = Libc.Write(_wake.Write, in WakeByte, 1);
            }

            return result;
        }
    }

    private static readonly byte WakeByte = 1;
}
