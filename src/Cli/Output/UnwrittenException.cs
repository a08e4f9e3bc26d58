namespace Hoop.Cli.Output;

/// <summary>Standard output takes nothing more, so the command cannot go on.</summary>
/// <param name="isUnheard">Whoever read it has gone, which is no failure to tell anybody of.</param>
internal sealed class UnwrittenException(string reason, bool isUnheard) : Exception($"cannot write the output: {reason}")
{
    /// <summary>The exit code when nobody reads any more: most programs end by SIGPIPE then.</summary>
    public const int Unheard = 128 + 13;

    public bool IsUnheard => isUnheard;
}
