namespace Hoop.GoTemplates;

/// <summary>
/// What a template may cost. Every limit but <see cref="Time"/> is counted, so the same template always ends the same way.
/// </summary>
public static class TemplateLimits
{
    /// <summary>Template source, in UTF-8 bytes.</summary>
    public const int SourceBytes = 4096;

    /// <summary>Blocks and parentheses inside each other in the source.</summary>
    public const int Nesting = 64;

    /// <summary>Blocks, parentheses and template calls inside each other while rendering.</summary>
    public const int CallDepth = 256;

    /// <summary>
    /// Work units of one rendering: one a node, <see cref="StepsPerCall"/> a function call, one for each 32 bytes read or written.
    /// </summary>
    public const int Steps = 10_000;

    public const int StepsPerCall = 5;

    /// <summary>Any text that exists while rendering, and the output before white space is trimmed.</summary>
    public const int TextBytes = 4096;

    /// <summary>
    /// Looked at every <see cref="StepsBetweenClockReads"/> units only: an ordinary template never reads the clock, so a busy
    /// machine refuses nobody.
    /// </summary>
    public static readonly TimeSpan Time = TimeSpan.FromMilliseconds(50);

    public const int StepsBetweenClockReads = 2048;
}
