namespace Hoop.GoTemplates;

/// <summary>Counts the work of one rendering, so that a template which does too much is always refused at the same point.</summary>
internal sealed class Budget(TimeProvider clock)
{
    /// <summary>Text that is read or written costs one step for this many bytes.</summary>
    public const int BytesPerStep = 32;

    private readonly long _started = clock.GetTimestamp();
    private int _spent;
    private int _nextClockRead = TemplateLimits.StepsBetweenClockReads;

    /// <summary>Why the last <see cref="Spend"/> was refused.</summary>
    public string Exhausted { get; private set; } = "";

    public bool Spend(int steps)
    {
        _spent += steps;
        if (_spent > TemplateLimits.Steps)
        {
            Exhausted = $"the template needs more than {TemplateLimits.Steps} steps";
            return false;
        }

        if (_spent < _nextClockRead)
        {
            return true;
        }

        _nextClockRead = _spent + TemplateLimits.StepsBetweenClockReads;
        if (clock.GetElapsedTime(_started) <= TemplateLimits.Time)
        {
            return true;
        }

        Exhausted = $"the template needs more than {TemplateLimits.Time.TotalMilliseconds} ms";
        return false;
    }
}
