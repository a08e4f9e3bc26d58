using System.Globalization;

namespace Hoop.Cli.Agent;

/// <summary>The agent's lines for people and scripts, on standard error: time in UTC, then what happened. Foreign text goes through <see cref="Hoop.Cli.Output.Printable"/> first.</summary>
internal sealed class AgentLog(TextWriter writer, TimeProvider time)
{
    private readonly Lock _gate = new();

    public void Info(string message) => Write(message);

    public void Warning(string message) => Write($"warning: {message}");

    private void Write(string message)
    {
        lock (_gate)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} {message}"));
            writer.Flush();
        }
    }
}
