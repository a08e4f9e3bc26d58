namespace Hoop.Cli;

/// <summary>The command cannot go on; the message says why and what to do next. One line on standard error, exit code 1.</summary>
internal class CliFailure(string message) : Exception(message);
