using System.Globalization;
using Hoop.Cli.Output;

namespace Hoop.Cli.Agent;

/// <summary>
/// The agent's lines for people and scripts, on standard error: time in UTC, then what happened. One line each, whatever text of
/// others is in it.
/// </summary>
internal sealed class AgentLog(TextWriter writer, TimeProvider time)
{
    private readonly Lock _gate = new();

    /// <summary>A time as it stands in these lines: UTC, whole seconds.</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public void Info(string message) => Write(message);

    public void Warning(string message) => Write($"warning: {message}");

    private void Write(string message)
    {
        lock (_gate)
        {
            writer.WriteLine($"{Moment(time.GetUtcNow())} {Printable.Line(message)}");
            writer.Flush();
        }
    }
}
