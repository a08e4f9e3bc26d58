namespace Hoop.Cli.Agent.Execution;

/// <summary>What one agent takes on, whatever the gateway asks for.</summary>
/// <param name="Parallel">Commands at the same time; one more is answered as failed.</param>
/// <param name="OutputBytes">The most output kept of one command.</param>
/// <param name="Time">The longest time limit accepted.</param>
internal sealed record CommandLimits(int Parallel, int OutputBytes, TimeSpan Time)
{
    public static readonly CommandLimits Default = new(Parallel: 128, OutputBytes: 16 * 1024 * 1024, TimeSpan.FromDays(1));
}
