using System.Diagnostics.CodeAnalysis;

namespace Hoop.Shared.Tests.Exploring;

/// <summary>
/// Runs a program of tasks on one thread again and again, each time in another order: wherever several of its continuations are ready,
/// it decides which comes next. First all orders one after the other, as far as the number of schedules reaches, then orders by chance.
/// </summary>
/// <remarks>
/// The program is the product's own code. It meets other orders at each <c>await</c> of what is not done yet, and at
/// <c>Task.Yield()</c>; what it starts must be started on <see cref="TaskScheduler.Current"/>.
/// </remarks>
internal sealed class Explorer : TaskScheduler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<Task> _ready = [];
    private readonly List<(int Chosen, int Of)> _path;
    private readonly Random? _random;
    private int _at;

    private Explorer(List<(int Chosen, int Of)> path, Random? random) => (_path, _random) = (path, random);

    /// <param name="program">Throws what is wrong. Begins in a new world each time.</param>
    /// <param name="schedules">How many orders at most; half of them by chance, unless fewer are all there are.</param>
    /// <returns>How many were run, and what was wrong in the last; null when nothing was.</returns>
    public static (int Schedules, Exception? Broken) Explore(Func<Task> program, int schedules)
    {
        var path = new List<(int Chosen, int Of)>();
        for (var run = 1; ; run++)
        {
            var random = run > schedules / 2 ? new Random(run) : null;
            var explorer = new Explorer(random is null ? path : [], random);
            if (explorer.Run(program) is { } broken)
            {
                return (run, broken);
            }

            if (run == schedules || (random is null && !Next(path)))
            {
                return (run, null);
            }
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_ready)
        {
            _ready.Add(task);
            Monitor.Pulse(_ready);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <summary>The last choice that has another way left takes it, and what came after it is forgotten.</summary>
    private static bool Next(List<(int Chosen, int Of)> path)
    {
        while (path.Count > 0)
        {
            var (chosen, of) = path[^1];
            path.RemoveAt(path.Count - 1);
            if (chosen + 1 < of)
            {
                path.Add((chosen + 1, of));
                return true;
            }
        }

        return false;
    }

    private Exception? Run(Func<Task> program)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var whole = Task.Factory.StartNew(program, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
            while (!whole.IsCompleted)
            {
                if (!TryTake(out var next))
                {
                    return new TimeoutException("Nothing is ready, and the program has not ended: somebody waits for ever.");
                }

                TryExecuteTask(next);
            }

            return whole.Exception?.InnerException;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private bool TryTake([NotNullWhen(true)] out Task? task)
    {
        task = null;
        lock (_ready)
        {
            // The framework ends some of its own work on threads of its own.
            if (_ready.Count == 0 && !Monitor.Wait(_ready, Patience))
            {
                return false;
            }

            var index = _ready.Count == 1 ? 0 : Choose(_ready.Count);
            task = _ready[index];
            _ready.RemoveAt(index);
            return true;
        }
    }

    private int Choose(int count)
    {
        if (_random is not null)
        {
            return _random.Next(count);
        }

        if (_at == _path.Count)
        {
            _path.Add((0, count));
        }

        return Math.Min(_path[_at++].Chosen, count - 1);
    }
}
