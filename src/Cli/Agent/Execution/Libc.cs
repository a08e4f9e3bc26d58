using System.Runtime.InteropServices;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// The few calls of the C library that .NET's <see cref="System.Diagnostics.Process"/> cannot make: an own session for the child,
/// one pipe for both of its outputs, a wait that leaves the zombie in place. Numbers are Linux's, the same on every architecture .NET
/// runs on.
/// </summary>
internal static class Libc
{
    public const int CloseOnExec = 0x80000;
    public const int SigHangUp = 1;
    public const int SigInterrupt = 2;
    public const int SigQuit = 3;
    public const int SigKill = 9;
    public const int SigTerminate = 15;
    public const int AccessExecute = 1;

    public const short PollIn = 1;
    public const short PollOut = 4;

    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NoReader = 32;

    /// <summary>
    /// Signal dispositions and mask back to default (the runtime ignores SIGPIPE, and a child would inherit that), and
    /// <c>setsid</c>.
    /// </summary>
    public const short SpawnDefaultSignalsMaskAndNewSession = 0x04 | 0x08 | 0x80;

    public const int WaitById = 1;
    public const int WaitExitedAndLeaveZombie = 0x4 | 0x01000000;
    public const int WaitNoHang = 1;

    public const int ControlSetDumpable = 4;
    public const int ControlSetChildSubreaper = 36;

    private const int SetStatusFlags = 4;
    private const int NonBlocking = 0x800;

    /// <summary>
    /// Room enough for posix_spawn_file_actions_t, posix_spawnattr_t, sigset_t and siginfo_t of glibc (80, 336, 128, 128 bytes) and
    /// musl.
    /// </summary>
    public const int OpaqueSize = 512;

    /// <summary>A pipe that no other child inherits: (read end, write end). Our own end does not block.</summary>
    public static (SafeDescriptor Read, SafeDescriptor Write) Pipe(bool weRead)
    {
        var ends = new int[2];
        if (pipe2(ends, CloseOnExec) != 0)
        {
            throw new IOException($"pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var pipe = (Read: new SafeDescriptor(ends[0]), Write: new SafeDescriptor(ends[1]));
        if (fcntl(ends[weRead ? 0 : 1], SetStatusFlags, NonBlocking) != 0)
        {
            throw new IOException($"fcntl: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return pipe;
    }

    /// <summary>Reads and writes of this descriptor answer <see cref="TryAgain"/> instead of waiting.</summary>
    public static void DoNotBlock(SafeDescriptor descriptor)
    {
        if (fcntl(descriptor.Number, SetStatusFlags, NonBlocking) != 0)
        {
            throw new IOException($"fcntl: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int pipe2([Out] int[] ends, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fcntl(int descriptor, int command, int argument);

    [DllImport("libc", EntryPoint = "close")]
    public static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static extern int Poll([In, Out] PollDescriptor[] descriptors, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    public static extern nint Read(SafeDescriptor descriptor, [Out] byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    public static extern nint Write(SafeDescriptor descriptor, in byte buffer, nint count);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static extern int WaitId(int kind, int process, [Out] byte[] information, int options);

    [DllImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static extern int WaitPid(int process, out int status, int options);

    [DllImport("libc", EntryPoint = "access", SetLastError = true)]
    public static extern int Access([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static extern int ProcessControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    [DllImport("libc", EntryPoint = "posix_spawn")]
    public static extern int Spawn(
        out int process,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        nint actions,
        nint attributes,
        nint[] arguments,
        nint[] environment);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static extern int ActionsInitialize(nint actions);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static extern int ActionsAddDuplicate(nint actions, int from, int to);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static extern int ActionsAddOpen(
        nint actions, int descriptor, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mode);

    /// <summary>glibc 2.34 and newer.</summary>
    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static extern int ActionsAddCloseFrom(nint actions, int first);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    public static extern int ActionsAddClose(nint actions, int descriptor);

    [DllImport("libc", EntryPoint = "execve", SetLastError = true)]
    public static extern int Execute([MarshalAs(UnmanagedType.LPUTF8Str)] string path, nint[] arguments, nint[] environment);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static extern int ActionsDestroy(nint actions);

    [DllImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static extern int AttributesInitialize(nint attributes);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static extern int AttributesSetFlags(nint attributes, short flags);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static extern int AttributesSetDefaultSignals(nint attributes, byte[] signals);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static extern int AttributesSetSignalMask(nint attributes, byte[] signals);

    [DllImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static extern int AttributesDestroy(nint attributes);

    [DllImport("libc", EntryPoint = "sigfillset")]
    public static extern int FillSignals([In, Out] byte[] signals);
}

/// <summary>An open file descriptor, closed once.</summary>
internal sealed class SafeDescriptor : SafeHandle
{
    public SafeDescriptor(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle < 0;

    /// <summary>The number; valid while the caller keeps this object open.</summary>
    public int Number => (int)handle;

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
