using System.Globalization;
using System.Runtime.InteropServices;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// A command in a session of its own, so that one signal reaches it and what it started. The leader stays a zombie until
/// <see cref="Reap"/>: as long as it does, its number cannot be given to another process, and killing by number hits nobody else.
/// </summary>
internal sealed class ProcessGroup
{
    private const int FirstOther = 3;

    private IReadOnlyList<ProcessEntry> _asked = [];

    private ProcessGroup(int id) => Id = id;

    /// <summary>Process, process group and session number.</summary>
    public int Id { get; }

    /// <summary>Starts <paramref name="path"/> without a shell. Our ends of the two pipes stay with the caller.</summary>
    /// <exception cref="CommandNotStartedException">The system refused: not a program, wrong interpreter, too many processes.</exception>
    public static ProcessGroup Start(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        SafeDescriptor input,
        SafeDescriptor output) => Start(path, arguments, environment, new ChildStreams(input, output, output, Terminal: null));

    /// <summary>As the other, with streams of any kind.</summary>
    /// <exception cref="CommandNotStartedException">As the other.</exception>
    public static ProcessGroup Start(
        string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, ChildStreams streams)
    {
        var actions = Marshal.AllocHGlobal(Libc.OpaqueSize);
        var attributes = Marshal.AllocHGlobal(Libc.OpaqueSize);
        var argv = Vector(arguments);
        var envp = Vector(environment.Select(variable => $"{variable.Key}={variable.Value}"));
        var initialized = 0;
        try
        {
            Check(Libc.ActionsInitialize(actions));
            initialized++;
            Check(Libc.AttributesInitialize(attributes));
            initialized++;
            streams.AddTo(actions, Check);
            CloseOthers(actions);

            var signals = new byte[Libc.OpaqueSize];
            Check(Libc.AttributesSetSignalMask(attributes, signals));
            _ = Libc.FillSignals(signals);
            Check(Libc.AttributesSetDefaultSignals(attributes, signals));
            Check(Libc.AttributesSetFlags(attributes, Libc.SpawnDefaultSignalsMaskAndNewSession));

            Check(Libc.Spawn(out var process, path, actions, attributes, argv, envp));
            return new ProcessGroup(process);
        }
        finally
        {
            if (initialized > 0)
            {
                _ = Libc.ActionsDestroy(actions);
            }

            if (initialized > 1)
            {
                _ = Libc.AttributesDestroy(attributes);
            }

            Marshal.FreeHGlobal(actions);
            Marshal.FreeHGlobal(attributes);
            Free(argv);
            Free(envp);
        }
    }

    /// <summary>Completes when the leader has ended. It is not reaped, and others of the group may live on.</summary>
    public Task WaitForEnd() => Task.Factory.StartNew(
        () =>
        {
            var information = new byte[Libc.OpaqueSize];
            while (Libc.WaitId(Libc.WaitById, Id, information, Libc.WaitExitedAndLeaveZombie) != 0
                && Marshal.GetLastPInvokeError() == Libc.Interrupted)
            {
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Asks the group to end by itself.</summary>
    public void Terminate()
    {
        // Whoever ends by it leaves children behind without a parent, in sessions of their own perhaps: Kill has to know of them.
        _asked = ProcessTable.Read().DescendantsOf(Id);
        _ = Libc.Kill(-Id, Libc.SigTerminate);
    }

    /// <summary>
    /// SIGKILL to the group, then to whoever is left of the session in groups of their own (job control) or was started by one of them in a
    /// session of its own. Only before <see cref="Reap"/>.
    /// </summary>
    public void Kill()
    {
        // Before the signal, because who descends from whom is forgotten when parents die.
        var now = ProcessTable.Read();
        var descendants = _asked
            .Where(asked => now.Any(process => process.Id == asked.Id && process.StartTicks == asked.StartTicks))
            .SelectMany(asked => now.DescendantsOf(asked.Id).Prepend(asked))
            .Concat(now.DescendantsOf(Id))
            .ToArray();
        _ = Libc.Kill(-Id, Libc.SigKill);
        foreach (var process in descendants)
        {
            process.Kill();
        }

        // What was being forked in another group meanwhile shows up in the next round.
        for (var round = 0; round < 20; round++)
        {
            var left = ProcessTable.Read().Where(process => process.Session == Id && process.Id != Id && !process.IsZombie).ToArray();
            if (left.Length == 0)
            {
                return;
            }

            foreach (var process in left)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Takes the exit code: the command's own, or 128 + n when signal n ended it. Null when the system did not keep it.</summary>
    public int? Reap()
    {
        int status;
        while (Libc.WaitPid(Id, out status, 0) < 0)
        {
            // ECHILD: the agent was started with SIGCHLD ignored, so the system reaps by itself.
            if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
            {
                return null;
            }
        }

        var signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
    }

    /// <summary>
    /// Also what the agent itself was started with and does not know of: a command has its three streams and nothing else.
    /// </summary>
    private static void CloseOthers(nint actions)
    {
        try
        {
            Check(Libc.ActionsAddCloseFrom(actions, FirstOther));
        }
        catch (EntryPointNotFoundException)
        {
            // musl. Our own are closed on exec; those that come up between now and then are ours too.
            foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            {
                if (int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor)
                    && descriptor >= FirstOther)
                {
                    Check(Libc.ActionsAddClose(actions, descriptor));
                }
            }
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new CommandNotStartedException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    private static nint[] Vector(IEnumerable<string> texts) => [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];

    private static void Free(nint[] vector)
    {
        foreach (var text in vector)
        {
            Marshal.FreeCoTaskMem(text);
        }
    }
}

/// <summary>
/// What a command gets as its three streams: descriptors, or the path of a terminal, which becomes the one that controls it.
/// </summary>
internal sealed record ChildStreams(SafeDescriptor? Input, SafeDescriptor? Output, SafeDescriptor? Error, string? Terminal)
{
    private const int ReadAndWrite = 2;

    public void AddTo(nint actions, Action<int> check)
    {
        if (Terminal is not null)
        {
            // The new session has no terminal, so the first that it opens is its own (setsid comes before the actions).
            check(Libc.ActionsAddOpen(actions, 0, Terminal, ReadAndWrite, 0));
            check(Libc.ActionsAddDuplicate(actions, 0, 1));
            check(Libc.ActionsAddDuplicate(actions, 0, 2));
            return;
        }

        check(Libc.ActionsAddDuplicate(actions, Input!.Number, 0));
        check(Libc.ActionsAddDuplicate(actions, Output!.Number, 1));
        check(Libc.ActionsAddDuplicate(actions, Error!.Number, 2));
    }
}

/// <summary>The system did not start a command; the message is its reason.</summary>
internal sealed class CommandNotStartedException(string reason) : Exception(reason);
