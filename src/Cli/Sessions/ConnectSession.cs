using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Output;

namespace Hoop.Cli.Sessions;

/// <summary>
/// <c>hoop connect NAME</c>: the connection's command with our standard streams; on a terminal when these are one. Ends with the command's
/// exit code, or with 255 when it is not known.
/// </summary>
internal static class ConnectSession
{
    private const byte ControlC = 3;

    private static readonly SafeDescriptor Input = new(0);
    private static readonly StandardWriter Output = new(1);
    private static readonly StandardWriter Errors = new(2);

    public static readonly Option<string?> Correlation = new("--correlation-id")
    {
        Description = "Finds the session again: 1 to 255 printable ASCII characters",
        HelpName = "ID",
    };

    private static readonly Option<bool> NoTerminal = new("--no-tty", "-T")
    {
        Description = "Plain streams, also on a terminal",
    };

    public static Command Command()
    {
        var name = ResourceList.Name("connection name", description: "Name or id of the connection");
        return new Verb("connect", "Use a connection: its command on its agent, with this terminal or these streams")
        {
            name, Correlation, NoTerminal, Call.Timeout,
        }.With("""
            hoop connect my-db
            hoop connect my-db < statements.sql > result.txt
            """).Explaining(
            "Exit codes",
            ("0 to 254", "of the command; 128 + n when signal n ended it"),
            ("130", "also: hoop was interrupted, and the command is ended"),
            ("141", "also: nobody reads the output any more"),
            ("255", "hoop failed; the line on standard error says why"))
            .For("GET /api/sessions/stream")
            .FailingWith(SessionStream.Failed)
            .Does(async call =>
        {
            var terminal = UserTerminal.IsThere && !call.Value(NoTerminal);
            var opening = Opening(call, "connect", call.Value(name)!);
            if (terminal)
            {
                var (columns, rows) = UserTerminal.Size;
                opening["terminal"] = new JsonObject
                {
                    ["name"] = Standard.TerminalName is { Length: > 0 } term ? term : "xterm", ["columns"] = columns, ["rows"] = rows,
                };
            }

            return await Run(call, opening, terminal ? FeedKeys : Feed, terminal);
        });
    }

    public static JsonObject Opening(Call call, string verb, string connection) => new()
    {
        ["verb"] = verb, ["connection"] = connection, ["correlation_id"] = call.Value(Correlation),
    };

    public static async Task<int> Run(
        Call call, JsonObject opening, Func<SessionStream, CancellationToken, Task> feed, bool terminal = false)
    {
        using var socket = await SessionStream.Connect(call.Settings, await call.Api.Token(call.Stop), call.Stop);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
        using var raw = terminal ? UserTerminal.Raw() : null;

        // They would end us at once, and leave the terminal as it is.
        using var hangUp = terminal ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, End) : null;
        using var terminate = terminal ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, End) : null;
        using var interrupt = terminal ? PosixSignalRegistration.Create(PosixSignal.SIGINT, End) : null;
        using var quit = terminal ? PosixSignalRegistration.Create(PosixSignal.SIGQUIT, End) : null;
        var stream = new SessionStream(socket, Output, Errors);
        using var sizes = terminal ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, signal =>
        {
            var (columns, rows) = UserTerminal.Size;
            _ = stream.Resize(columns, rows);
        }) : null;
        try
        {
            return await stream.Run(opening, feed, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new CliFailure("interrupted; the command is ended", 130);
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Standard input to its end.</summary>
    public static async Task Feed(SessionStream stream, CancellationToken over)
    {
        await foreach (var bytes in StandardInput(over))
        {
            await stream.Input(bytes, over);
        }

        await stream.EndOfInput();
    }

    /// <summary>While the program takes no input, Ctrl-C goes past what waits for it.</summary>
    private static async Task FeedKeys(SessionStream stream, CancellationToken over)
    {
        await foreach (var bytes in StandardInput(over))
        {
            if (stream.IsFull && bytes.Span.Contains(ControlC))
            {
                await stream.Signal("INT");
            }
            else
            {
                await stream.Input(bytes, over);
            }
        }

        await stream.EndOfInput();
    }

    // Past the framework's console and files: the one would set a terminal up its own way, the other knows no input that does not block.
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> StandardInput(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken over)
    {
        while (true)
        {
            // The read itself cannot be called off; the process ends without it.
            var bytes = await Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .WaitAsync(over);
            if (bytes.Length == 0)
            {
                yield break;
            }

            yield return bytes;
        }
    }

    private static byte[] Read()
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = (int)Libc.Read(Input, buffer, buffer.Length);
            if (read >= 0)
            {
                return buffer[..read];
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Libc.Interrupted:
                    break;
                case Libc.TryAgain:
                    _ = Libc.Poll([new Libc.PollDescriptor { Descriptor = Input.Number, Events = Libc.PollIn }], 1, -1);
                    break;
                default:
                    throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }
        }
    }
}
