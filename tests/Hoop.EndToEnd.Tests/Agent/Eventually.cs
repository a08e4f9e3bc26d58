using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>Waits for a condition, with an end.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    internal static async Task True(Func<bool> condition, Func<string> otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                Assert.Fail(otherwise());
            }

            await Task.Delay(10);
        }
    }
}
