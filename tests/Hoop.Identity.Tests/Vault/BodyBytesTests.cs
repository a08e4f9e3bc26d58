using System.Buffers;
using System.IO.Pipelines;
using Hoop.Identity.Vault;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

[Parallelizable(ParallelScope.All)]
public sealed class BodyBytesTests
{
    private const int Mebibyte = 1024 * 1024;

    [Test]
    public async Task What_came_in_any_chunks_is_there_in_order_and_no_piece_is_larger_than_a_mebibyte(
        [Values(1, 7, 4096, 200_000)] int chunk)
    {
        var sent = new byte[chunk == 1 ? 20_000 : chunk == 7 ? 100_000 : 9 * Mebibyte];
        new Random(chunk).NextBytes(sent);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var reading = BodyBytes.Read(pipe.Reader, CancellationToken.None);
        for (var at = 0; at < sent.Length; at += chunk)
        {
            await pipe.Writer.WriteAsync(sent.AsMemory(at, Math.Min(chunk, sent.Length - at)));
        }

        await pipe.Writer.CompleteAsync();
        using var bytes = await reading;

        Assert.That(bytes.All.ToArray(), Is.EqualTo(sent).AsCollection);
        foreach (var piece in bytes.All)
        {
            Assert.That(piece.Length, Is.LessThanOrEqualTo(Mebibyte));
        }
    }

    [Test]
    public async Task A_body_without_bytes_is_empty()
    {
        using var bytes = await BodyBytes.Read(PipeReader.Create(Stream.Null), CancellationToken.None);

        Assert.That(bytes.All.IsEmpty);
    }

    [Test]
    public void What_is_given_back_holds_nothing_of_the_body_any_more()
    {
        var pipe = new Pipe();
        pipe.Writer.Write("a secret of somebody"u8);
        pipe.Writer.Complete();
        var bytes = BodyBytes.Read(pipe.Reader, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var held = bytes.All.First;

        bytes.Dispose();

        Assert.That(bytes.All.IsEmpty);
        Assert.That(held.ToArray(), Has.None.EqualTo((byte)'s'));
    }

    [Test]
    public void A_reader_that_fails_takes_no_piece_with_it()
    {
        var pipe = new Pipe();
        pipe.Writer.Write("half"u8);
        pipe.Writer.Complete(new IOException("gone"));

        Assert.That(async () => await BodyBytes.Read(pipe.Reader, CancellationToken.None), Throws.InstanceOf<IOException>());
    }
}
