namespace Hoop.Cli;

/// <summary>
/// The command cannot go on; the message says why and what to do next. One line on standard error, exit code 1 unless it says another.
/// </summary>
internal class CliFailure(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode => exitCode;
}
