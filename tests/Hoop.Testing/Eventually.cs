using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.Testing;

/// <summary>Waits for a condition with an end; the way to wait for what happens elsewhere.</summary>
public static class Eventually
{
    public static Task<TimeSpan> True(Func<bool> condition, Func<string> otherwise, TimeSpan? limit = null) =>
        True(() => Task.FromResult(condition()), otherwise, limit);

    public static Task<TimeSpan> True(Func<Task<bool>> condition, string otherwise, TimeSpan? limit = null) =>
        True(condition, () => otherwise, limit);

    /// <summary>The task's result; when it does not end, a failure with the words of <paramref name="otherwise"/>.</summary>
    /// <param name="limit">20 s without it.</param>
    public static async Task<T> Ends<T>(Task<T> task, string otherwise, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        await Ends((Task)task, otherwise, limit);
        return await task;
    }

    /// <summary>As the other.</summary>
    public static async Task Ends(Task task, string otherwise, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        var patience = limit ?? TimeSpan.FromSeconds(20);
        if (await Task.WhenAny(task, Task.Delay(patience)) != task)
        {
            Assert.Fail($"after {patience.TotalSeconds:0} s: {otherwise}");
        }

        await task;
    }

    /// <param name="condition">Asked every 10 ms.</param>
    /// <param name="otherwise">What is not so, in words; asked for at the end.</param>
    /// <param name="limit">20 s without it; generous, because the machine may be busy with other tests.</param>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> True(Func<Task<bool>> condition, Func<string> otherwise, TimeSpan? limit = null)
    {
        var (started, patience) = (Stopwatch.GetTimestamp(), limit ?? TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                Assert.Fail($"after {patience.TotalSeconds:0} s: {otherwise()}");
            }

            await Task.Delay(10);
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
