using Hoop.Shared.Memory;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

public sealed class SleepingMachineTests
{
    [Test(Description = "M14: the machine sleeps between two readings of the clock, and wakes without a lease")]
    public async Task After_a_sleep_nothing_is_answered_from_memory_until_the_lease_is_new()
    {
        var clock = new JumpingClock();
        await using var gateway = await TestGateway.Start(services: services => services.AddSingleton<BootClock>(clock));
        await gateway.Remembers();
        await gateway.Operator.Get("/api/userinfo");
        var memory = gateway.Services.GetRequiredService<CoherentMemory>();
        var metrics = gateway.Services.GetRequiredService<MemoryMetrics>();
        var before = (memory.Epoch, Misses: Misses(metrics));

        clock.Jump(TimeSpan.FromMinutes(10));
        var woken = memory.MayAnswer;

        Assert.That(woken, Is.False, "the lease of before the sleep counts");
        await Eventually.True(() => memory.MayAnswer, () => "memory is not used again");
        await gateway.Operator.Get("/api/userinfo");
        Assert.That(memory.Epoch, Is.GreaterThan(before.Epoch), "everything is forgotten");
        Assert.That(Misses(metrics), Is.GreaterThan(before.Misses), "the caller of before the sleep was remembered");
    }

    private static long Misses(MemoryMetrics metrics) => metrics.MissesOf("callers") + metrics.MissesOf("issuer_callers");

    [Test(Description = "M14: leases and ages are counted by the one clock that runs on while the machine sleeps")]
    public void No_other_clock_is_read_in_memory()
    {
        string[] others = ["Stopwatch", "TickCount", "TimeProvider.System", "wall.GetTimestamp", "wall.GetElapsedTime", "DateTime.", "PeriodicTimer"];
        var folder = SourceTree.At("src", "Shared", "Hoop.Shared", "Memory");
        var files = Directory.GetFiles(folder, "*.cs").Where(file => Path.GetFileName(file) != "BootClock.cs").ToArray();

        Assert.That(files, Has.Length.GreaterThan(10));
        Assert.That(
            files.SelectMany(file => others.Where(File.ReadAllText(file).Contains).Select(other => $"{Path.GetFileName(file)}: {other}")),
            Is.Empty);
    }

    private sealed class JumpingClock : BootClock
    {
        private long _jumped;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _jumped);

        public void Jump(TimeSpan by) => Interlocked.Add(ref _jumped, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
