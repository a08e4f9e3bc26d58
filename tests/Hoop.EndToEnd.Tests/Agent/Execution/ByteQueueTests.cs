using System.Text;
using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

/// <summary>Input that waits for its program.</summary>
[Description("F8: what waits is bounded, in bytes of memory too")]
internal sealed class ByteQueueTests
{
    [Test]
    public void It_is_a_queue_of_bytes_whatever_pieces_come_and_go([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var (queue, model, next) = (new ByteQueue(), new Queue<byte>(), 0);
        for (var step = 0; step < 2000; step++)
        {
            if (random.Next(2) == 0)
            {
                var piece = Enumerable.Range(0, random.Next(0, random.Next(1, 600))).Select(_ => (byte)next++).ToArray();
                queue.Add(piece);
                Array.ForEach(piece, model.Enqueue);
            }
            else
            {
                var taken = queue.Next[..random.Next(0, queue.Next.Length + 1)].ToArray();
                queue.Remove(taken.Length);
                Assert.That(taken, Is.EqualTo(taken.Select(_ => model.Dequeue()).ToArray()));
            }

            Assert.That(queue.Count, Is.EqualTo(model.Count));
            Assert.That(queue.Next.IsEmpty, Is.EqualTo(model.Count == 0));
        }
    }

    [Test]
    public void A_window_of_single_bytes_takes_no_more_room_than_a_few_windows()
    {
        var queue = new ByteQueue();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < StreamRules.Window; i++)
        {
            queue.Add([1]);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 * StreamRules.Window));
        Assert.That(queue.Count, Is.EqualTo(StreamRules.Window));
    }

    [Test]
    public void More_than_there_is_cannot_be_taken_away()
    {
        var queue = new ByteQueue();
        queue.Add([1, 2]);

        Assert.That(() => queue.Remove(3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(queue.Count, Is.EqualTo(2));
    }

    [Test]
    [Description("F8: frames of one byte and of none, more of them than the program's pipe holds")]
    public async Task A_program_that_reads_late_gets_every_byte_and_one_more_than_the_window_is_refused()
    {
        var go = Path.Join(Path.GetTempPath(), $"hoop-late-{Guid.NewGuid():N}");
        var (output, taken) = (new StringBuilder(), 0);
        using var streamed = new StreamedCommand(
            (_, bytes) =>
            {
                output.Append(Encoding.ASCII.GetString(bytes));
                return Task.CompletedTask;
            },
            bytes =>
            {
                Interlocked.Add(ref taken, bytes);
                return Task.CompletedTask;
            });
        var request = CommandFixture.Shell($"while ! test -e {go}; do sleep 0.05; done; wc -c") with
        {
            Stream = new StreamTerms(Terminal: null),
        };
        var running = CommandFixture.Runner().Run(request, CancellationToken.None, streamed);
        var sent = 0;
        var isFull = false;
        await Eventually.True(
            () =>
            {
                // What the pipe has taken makes room, until the pipe is full too.
                while (!isFull && sent < Volatile.Read(ref taken) + StreamRules.Window)
                {
                    isFull = !streamed.Input([(byte)'x']) || !streamed.Input([]);
                    sent += isFull ? 0 : 1;
                }

                return !isFull && sent >= StreamRules.Window + Volatile.Read(ref taken);
            },
            () => $"sent {sent}, taken {taken}, full {isFull}");
        streamed.EndOfInput();
        await File.WriteAllTextAsync(go, "");

        var result = await Eventually.Ends(running, "it does not end");

        File.Delete(go);
        Assert.That((result.Status, output.ToString().Trim()), Is.EqualTo((ExecutionStatus.Success, $"{sent}")));
    }
}
