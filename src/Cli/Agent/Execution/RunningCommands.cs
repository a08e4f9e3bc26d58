namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// The commands that run now, and the hunt for processes that left their command's session and lost their parent (<c>setsid x
/// &amp;</c>, daemons). With <paramref name="adopt"/> such processes become children of the agent (PR_SET_CHILD_SUBREAPER, see
/// <see cref="AgentProcess"/>) and are ended with the last command that was running when they started. Children the agent had from the
/// beginning are not touched.
/// </summary>
internal sealed class RunningCommands(bool adopt)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, ulong> _startTicks = [];
    private readonly HashSet<(int Id, ulong StartTicks)> _others =
        adopt ? [.. Children(ProcessTable.Read()).Select(process => (process.Id, process.StartTicks))] : [];

    /// <summary>Starts and remembers a command in one step, so that the hunt never takes it for a stray.</summary>
    public ProcessGroup Start(Func<ProcessGroup> start)
    {
        lock (_gate)
        {
            var group = start();
            _startTicks.Add(group.Id, ProcessTable.Find(group.Id)?.StartTicks ?? 0);
            return group;
        }
    }

    /// <summary>Kills what is left of the command and takes its exit code.</summary>
    public int? End(ProcessGroup group)
    {
        lock (_gate)
        {
            var exitCode = group.Reap();
            _startTicks.Remove(group.Id);
            if (adopt)
            {
                EndStrays();
            }

            return exitCode;
        }
    }

    private void EndStrays()
    {
        // Each round may orphan the next generation; a fork bomb does not keep us here for ever.
        for (var round = 0; round < 50; round++)
        {
            var strays = Children(ProcessTable.Read())
                .Where(process => !_startTicks.ContainsKey(process.Id) && !_others.Contains((process.Id, process.StartTicks)))
                .Where(process => process.IsZombie || _startTicks.Values.All(start => start > process.StartTicks))
                .ToArray();
            if (strays.Length == 0)
            {
                return;
            }

            foreach (var stray in strays)
            {
                stray.Kill();
                _ = Libc.WaitPid(stray.Id, out _, Libc.WaitNoHang);
            }

            // A killed process takes a moment to end; what does not end in time is taken with the next command's strays.
            Thread.Sleep(1);
        }
    }

    private static IEnumerable<ProcessEntry> Children(IReadOnlyList<ProcessEntry> processes) =>
        processes.Where(process => process.Parent == Environment.ProcessId);
}
