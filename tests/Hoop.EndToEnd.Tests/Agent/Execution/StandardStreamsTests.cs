using Hoop.Cli.Agent.Execution;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

internal sealed class StandardStreamsTests
{
    [TestCase(0)]
    [TestCase(1_000_000)]
    public async Task With_nobody_at_the_other_end_pumping_ends_by_itself(int scriptLength)
    {
        using var streams = new StandardStreams();

        await streams.Pump(new byte[scriptLength], new OutputBuffer(100)).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task With_the_output_held_open_by_a_process_pumping_ends_when_it_is_abandoned()
    {
        using var streams = new StandardStreams();
        var holder = ProcessGroup.Start(
            "/bin/sleep", ["sleep", "300"], CommandFixture.NoEnvironment, streams.Child.Input, streams.Child.Output);
        var pumped = streams.Pump(ReadOnlyMemory<byte>.Empty, new OutputBuffer(100));

        streams.Abandon();

        await pumped.WaitAsync(TimeSpan.FromSeconds(10));
        holder.Kill();
        await holder.WaitForEnd();
        Assert.That(holder.Reap(), Is.EqualTo(128 + 9));
    }
}
