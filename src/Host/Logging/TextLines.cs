using System.Globalization;
using Hoop.Shared.Text;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Hoop.Host.Logging;

/// <summary>
/// <c>09:00:00.123 INF GET /api/agents 200 1.2 ms client=192.0.2.1 org=… caller=… trace=…</c>: one line an event, whatever its text holds.
/// A stack trace follows on lines that begin with a blank, so that no text of an exception passes for an event.
/// </summary>
internal sealed class TextLines : ITextFormatter
{
    /// <summary>What a request is told with, where it has it.</summary>
    private static readonly string[] Tail = [RequestLog.Client, RequestLog.Organization, RequestLog.Caller];

    private readonly MessageTemplateTextFormatter _message = new(
        "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}", CultureInfo.InvariantCulture);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        _message.Format(logEvent, line);
        foreach (var name in Tail)
        {
            if (logEvent.Properties.TryGetValue(name, out var value))
            {
                line.Write($" {name}=");
                value.Render(line, "l", CultureInfo.InvariantCulture);
            }
        }

        if (logEvent.TraceId is { } trace)
        {
            line.Write($" trace={trace.ToHexString()}");
        }

        output.WriteLine(Printable.Line(line.ToString()));
        if (logEvent.Exception is { } exception)
        {
            foreach (var part in exception.ToString().Split('\n'))
            {
                output.WriteLine($"    {Printable.Line(part.TrimEnd('\r').Trim(' '))}");
            }
        }
    }
}
