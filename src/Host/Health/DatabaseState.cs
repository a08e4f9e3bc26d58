using System.Diagnostics;
using Hoop.Shared.Data;

namespace Hoop.Host.Health;

/// <summary>
/// What the probes are told about the database. Anybody may ask and nobody can make it expensive: one look at a time, none more often than
/// once a second, none longer than two.
/// </summary>
internal sealed class DatabaseState(Migrator migrator)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<Look>? _last;
    private long _begun;

    /// <summary>How many looks there were.</summary>
    public int Looks { get; private set; }

    public Task<Look> Now()
    {
        lock (_gate)
        {
            if (_last is { } last && (!last.IsCompleted || Stopwatch.GetElapsedTime(_begun) < Fresh))
            {
                return last;
            }

            (_begun, Looks) = (Stopwatch.GetTimestamp(), Looks + 1);
            return _last = Ask();
        }
    }

    private async Task<Look> Ask()
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            return new Look(Answers: true, await migrator.State(limit.Token), Problem: null);
        }
        catch (MigrationException exception)
        {
            return new Look(Answers: true, Schema: null, exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or Npgsql.NpgsqlException
            || DatabaseErrors.IsUnavailable(exception))
        {
            return new Look(Answers: false, Schema: null, Problem: null);
        }
    }

    /// <param name="Schema">How it differs from this build; null when that is not known.</param>
    /// <param name="Problem">Why this build cannot work with the database.</param>
    public sealed record Look(bool Answers, SchemaState? Schema, string? Problem);
}
