using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hoop.Shared.Memory;

/// <summary>
/// The clock by which a gateway counts its lease and the age of what it remembers: Linux's CLOCK_BOOTTIME, which no one sets and which
/// runs on while the machine sleeps. .NET's stopwatch is CLOCK_MONOTONIC and stands still then, so after waking everything would look
/// young (dotnet/runtime#77945). Elsewhere than on Linux it is the stopwatch. Not sealed: a test lets it jump.
/// </summary>
public class BootClock : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    public override long TimestampFrequency => OperatingSystem.IsLinux() ? NanosecondsPerSecond : Stopwatch.Frequency;

    public override long GetTimestamp()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Stopwatch.GetTimestamp();
        }

        return Read(ClockBootTime, out var time) == 0
            ? (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds
            : throw new InvalidOperationException("clock_gettime(CLOCK_BOOTTIME) failed");
    }

    // Answered by the vDSO without a system call, so the collector need not know of it.
    [SuppressGCTransition]
    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int Read(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
