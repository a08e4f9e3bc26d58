using System.Diagnostics;
using System.Globalization;

namespace Hoop.Cli.Import;

/// <summary>One line on a terminal that is written anew; nothing where standard error is a file.</summary>
internal sealed class Progress(TextWriter? terminal, string what, int total)
{
    private const int Width = 24;

    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private long _shown;
    private int _done;

    /// <summary>One more is done.</summary>
    public void Step()
    {
        var done = Interlocked.Increment(ref _done);
        if (terminal is null)
        {
            return;
        }

        lock (_lock)
        {
            if (done == total || Stopwatch.GetElapsedTime(_shown) >= Often)
            {
                _shown = Stopwatch.GetTimestamp();
                terminal.Write("\r" + Line(done, Stopwatch.GetElapsedTime(_started)) + (done == total ? "\n" : ""));
            }
        }
    }

    private string Line(int done, TimeSpan taken)
    {
        var filled = total == 0 ? Width : (int)((long)Width * done / total);
        var rate = taken.TotalSeconds > 0 ? done / taken.TotalSeconds : 0;
        var left = rate > 0 ? TimeSpan.FromSeconds((total - done) / rate) : TimeSpan.Zero;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-10} [{new string('#', filled)}{new string(' ', Width - filled)}] {done}/{total}, {rate:F0}/s, {left:hh\\:mm\\:ss} left   ");
    }
}
