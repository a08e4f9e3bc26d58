namespace Hoop.Cli.Agent.Execution;

/// <summary>What the agent asks of the system for its own process, once, before the first command.</summary>
internal static class AgentProcess
{
    /// <summary>
    /// Orphans among the commands' processes become the agent's children, so that it can end them; and the agent's memory and
    /// environment, which hold its key, are closed to commands of the same user (PR_SET_DUMPABLE: <c>/proc/PID/environ</c>,
    /// <c>/proc/PID/mem</c>, ptrace). Root sees them nevertheless.
    /// </summary>
    public static void Prepare()
    {
        _ = Libc.ProcessControl(Libc.ControlSetChildSubreaper, 1, 0, 0, 0);
        _ = Libc.ProcessControl(Libc.ControlSetDumpable, 0, 0, 0, 0);
    }
}
