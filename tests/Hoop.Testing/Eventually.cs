using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.Testing;

/// <summary>Waits for a condition with an end; the way to wait for what happens elsewhere.</summary>
public static class Eventually
{
    public static async Task<TimeSpan> True(Func<Task<bool>> condition, string otherwise, TimeSpan? limit = null)
    {
        var (started, patience) = (Stopwatch.GetTimestamp(), limit ?? TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                Assert.Fail($"after {patience.TotalSeconds:0} s: {otherwise}");
            }

            await Task.Delay(10);
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
