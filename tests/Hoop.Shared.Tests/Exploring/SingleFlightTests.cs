using Hoop.Shared.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Exploring;

/// <summary>
/// <see cref="Remembered{TKey, TValue}"/> with callers that come, join and hang up while what they read is changed: in every order within
/// the stated number of schedules, with the code that runs in the gateway.
/// </summary>
public sealed class SingleFlightTests
{
    private const int Schedules = 20_000;

    public enum Defect
    {
        None,

        /// <summary>A reader says what its answer rests on after it has read.</summary>
        DeclaresAfterReading,

        /// <summary>A command announces before it has committed.</summary>
        AnnouncesBeforeTheCommit,

        /// <summary>An announcement does not count for reads that are on their way, so they are joined.</summary>
        JoinsReadsOfBefore,

        /// <summary>A change is not announced at all.</summary>
        AnnouncesNothing,
    }

    [Test]
    public void No_order_gives_a_caller_what_was_changed_before_it_asked()
    {
        var (schedules, broken) = Explorer.Explore(() => new World(Defect.None).Run(), Schedules);

        TestContext.Out.WriteLine($"{schedules} schedules");
        Assert.That(broken, Is.Null, broken?.ToString());
        Assert.That(schedules, Is.GreaterThan(1_000), "too few orders to show anything");
    }

    [Test]
    public void A_defect_is_found(
        [Values(Defect.DeclaresAfterReading, Defect.AnnouncesBeforeTheCommit, Defect.JoinsReadsOfBefore, Defect.AnnouncesNothing)]
        Defect defect)
    {
        var (schedules, broken) = Explorer.Explore(() => new World(defect).Run(), Schedules);

        TestContext.Out.WriteLine($"found in schedule {schedules}: {broken?.Message}");
        Assert.That(broken, Is.InstanceOf<StaleException>(), "the exploration does not see this defect, so it proves nothing about it");
    }

    private sealed class StaleException(string message) : Exception(message);

    private sealed class World
    {
        private const string Topic = "things";

        private readonly Defect _defect;
        private readonly CoherentMemory _memory;
        private readonly ServiceProvider _services;
        private readonly Remembered<string, string> _remembered;
        private int _stored = 1;
        private int _answered = 1;

        public World(Defect defect)
        {
            _defect = defect;
            _memory = new CoherentMemory(new BootClock(), new MemoryOptions(), NullLogger<CoherentMemory>.Instance);
            _memory.Open(long.MaxValue);
            _services = new ServiceCollection().AddMetrics().AddSingleton(_memory).AddScoped<Dependencies>().AddSingleton<MemoryMetrics>()
                .BuildServiceProvider();
            var (metrics, scopes) = (_services.GetRequiredService<MemoryMetrics>(), _services.GetRequiredService<IServiceScopeFactory>());
            _remembered = new Remembered<string, string>(_memory, metrics, scopes, "tests", capacity: 10, readsAtOnce: 2)
            {
                Scheduler = TaskScheduler.Current,
            };
        }

        public async Task Run()
        {
            await using (_services)
            {
                using var hangUp = new CancellationTokenSource();
                await Task.WhenAll(Start(Ask), Start(AskTwice), Start(Change), Start(() => AskAndHangUp(hangUp)));
                await Ask();
            }
        }

        private static Task Start(Func<Task> task) =>
            Task.Factory.StartNew(task, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

        private Task Ask() => Ask(CancellationToken.None);

        private async Task AskTwice()
        {
            await Ask();
            await Task.Yield();
            await Ask();
        }

        private async Task AskAndHangUp(CancellationTokenSource hangUp)
        {
            var asking = Ask(hangUp.Token);
            await Task.Yield();
            await hangUp.CancelAsync();
            try
            {
                await asking;
            }
            catch (OperationCanceledException)
            {
                // As it wished.
            }
        }

        private async Task Ask(CancellationToken cancellationToken)
        {
            var least = _answered;
            var found = await _remembered.Get("key", _services, Read, cancellationToken);
            if (int.Parse(found.Value!, System.Globalization.CultureInfo.InvariantCulture) < least)
            {
                throw new StaleException($"{least} was answered before the question, and the answer is {found.Value}");
            }
        }

        private async Task<Found<string>> Read(IServiceProvider services, CancellationToken cancellationToken)
        {
            var on = services.GetRequiredService<Dependencies>();
            if (_defect != Defect.DeclaresAfterReading)
            {
                on.On(Topic, "key");
            }

            await Task.Yield();
            var read = _stored;
            await Task.Yield();
            if (_defect == Defect.DeclaresAfterReading)
            {
                on.On(Topic, "key");
            }

            return new Found<string>(read.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        private async Task Change()
        {
            await Task.Yield();
            if (_defect == Defect.AnnouncesBeforeTheCommit)
            {
                await _memory.Changed(Topic, "key");
                await Task.Yield();
            }

            _stored = 2;
            await Task.Yield();
            switch (_defect)
            {
                case Defect.AnnouncesBeforeTheCommit or Defect.AnnouncesNothing:
                    break;
                case Defect.JoinsReadsOfBefore:
                    _memory.Topic(Topic).Change("key");
                    break;
                default:
                    await _memory.Changed(Topic, "key");
                    break;
            }

            _answered = 2;
        }
    }
}
