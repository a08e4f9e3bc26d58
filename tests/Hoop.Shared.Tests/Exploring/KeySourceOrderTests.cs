using System.Text;
using Hoop.Shared.Outbound;
using Hoop.Shared.Results;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Exploring;

/// <summary>
/// <see cref="KeySource{T}"/> with callers who meet unknown keys, an administrator who refreshes, keys that change, and its end: in every
/// order within the stated number of schedules.
/// </summary>
public sealed class KeySourceOrderTests
{
    private const int Schedules = 10_000;

    public enum Defect
    {
        None,

        /// <summary>There are two sources for one document, as if the gate were missing.</summary>
        LoadsTwiceAtOnce,

        /// <summary>Nothing waits for the end of the source.</summary>
        IsNotWaitedFor,

        /// <summary>Each load counts as a change.</summary>
        TellsWhatDidNotChange,
    }

    [Test]
    public void In_no_order_there_are_two_loads_or_one_after_the_end()
    {
        var (schedules, broken) = Explorer.Explore(() => new World(Defect.None).RunAndTell(), Schedules);

        TestContext.Out.WriteLine($"{schedules} schedules");
        Assert.That(broken, Is.Null, broken?.ToString());
        Assert.That(schedules, Is.GreaterThan(1_000), "too few orders to show anything");
    }

    [Test]
    public void A_defect_is_found(
        [Values(Defect.LoadsTwiceAtOnce, Defect.IsNotWaitedFor, Defect.TellsWhatDidNotChange)] Defect defect)
    {
        var (schedules, broken) = Explorer.Explore(() => new World(defect).RunAndTell(), Schedules);

        TestContext.Out.WriteLine($"found in schedule {schedules}: {broken?.Message}");
        Assert.That(broken, Is.InstanceOf<BrokenException>(), "the exploration does not see this defect, so it proves nothing about it");
    }

    private sealed class BrokenException(string message) : Exception(message);

    private sealed class World
    {
        private readonly Defect _defect;
        private readonly KeySource<string> _source;
        private readonly KeySource<string>? _second;
        private string _keys = "one";
        private string? _told;
        private int _loading;
        private bool _ended;
        private BrokenException? _broken;

        public World(Defect defect)
        {
            _defect = defect;
            _source = Source();
            _second = defect == Defect.LoadsTwiceAtOnce ? Source() : null;
        }

        public async Task Run()
        {
            await Task.WhenAll(Start(Meet), Start(MeetAnother), Start(Refresh), Start(Rotate));
            var last = _source.Snapshot;
            if (last.Value is not ("one" or "two") || last.Version is < 1 or > 2)
            {
                throw new BrokenException($"the last value is {last.Value ?? "none"} of version {last.Version}");
            }

            // The end may come while somebody refreshes.
            var refreshing = Start(Refresh);
            await Task.Yield();
            await End();
            await refreshing;
        }

        private static Task Start(Func<Task> task) =>
            Task.Factory.StartNew(task, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

        private KeySource<string> Source() => new(
            KeyDocument.From("tests", Load),
            bytes => Encoding.UTF8.GetString(bytes.Span),
            new KeySourceOptions<string> { Changed = Changed },
            new FakeClock(),
            NullLogger.Instance)
        {
            Scheduler = TaskScheduler.Current,
        };

        private async Task Meet()
        {
            var before = _source.Snapshot.Version;
            var after = await _source.RequestRefresh(CancellationToken.None);
            Demand(after.Version >= before, "a version fell");
        }

        private Task MeetAnother() => _second?.RequestRefresh(CancellationToken.None) ?? Meet();

        private async Task Refresh()
        {
            var (before, ended) = (_keys, _ended);
            var after = await _source.RefreshNow(CancellationToken.None);
            Demand(ended || _ended || after.Value is not null || after.LastError is not null, $"{before} was not loaded, and nothing says why");
        }

        private async Task Rotate()
        {
            await Task.Yield();
            _keys = "two";
        }

        private async Task End()
        {
            if (_defect == Defect.IsNotWaitedFor)
            {
                _ended = true;
                await _source.DisposeAsync();
                return;
            }

            await _source.DisposeAsync();
            _ended = true;
        }

        private async Task<Result<ReadOnlyMemory<byte>>> Load(CancellationToken cancellationToken)
        {
            Demand(!_ended, "a load after the end");
            Demand(++_loading == 1, "two loads at once");
            await Task.Yield();
            ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(_keys);
            await Task.Yield();
            Demand(!_ended, "a load after the end");
            _loading--;
            return bytes;
        }

        private void Changed(KeySnapshot<string> now)
        {
            var told = _defect == Defect.TellsWhatDidNotChange ? now.Value : _told;
            Demand(told != now.Value, $"{now.Value} was told twice");
            _told = now.Value;
        }

        // Inside the source exceptions are failures of the document; the first one of the world must come out all the same.
        private void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                _broken ??= new BrokenException(otherwise);
            }
        }

        public async Task RunAndTell()
        {
            await Run();
            if (_broken is { } broken)
            {
                throw broken;
            }
        }
    }
}
