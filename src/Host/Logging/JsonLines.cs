using System.Globalization;
using System.Text.Json;
using Hoop.Shared.Text;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace Hoop.Host.Logging;

/// <summary>
/// One JSON object a line: <c>timestamp</c>, <c>level</c>, <c>message</c>, <c>source</c>, <c>trace_id</c>, <c>span_id</c>,
/// <c>exception</c>, and what the event itself names, in snake_case. Numbers are numbers, and what an event does not have is not there.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    private static readonly JsonValueFormatter Values = new(typeTagName: null);

    private static readonly HashSet<string> Own =
        new(StringComparer.Ordinal) { "timestamp", "level", "message", "source", "trace_id", "span_id", "exception" };

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        line.Write(
            $$"""{"timestamp":"{{logEvent.Timestamp.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","level":"{{NameOf(logEvent.Level)}}","message":""");
        JsonValueFormatter.WriteQuotedJsonString(Message(logEvent), line);
        Write(line, "source", Text(logEvent, "SourceContext"));
        Write(line, "trace_id", logEvent.TraceId?.ToHexString());
        Write(line, "span_id", logEvent.SpanId?.ToHexString());
        Write(line, "exception", logEvent.Exception?.ToString());
        foreach (var (name, value) in logEvent.Properties)
        {
            if (name is not ("SourceContext" or "EventId") && value is not ScalarValue { Value: null })
            {
                Name(line, NameOf(name));
                Values.Format(value, line);
            }
        }

        line.Write('}');

        // What does not print stands only inside of the strings, where \u001b is its other spelling.
        output.WriteLine(Printable.Line(line.ToString()));
    }

    private static string Message(LogEvent logEvent)
    {
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is Serilog.Parsing.PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out var value))
            {
                // Without "l" a text stands in quotes.
                value.Render(message, value is ScalarValue { Value: string } ? "l" : property.Format, CultureInfo.InvariantCulture);
            }
            else
            {
                token.Render(logEvent.Properties, message, CultureInfo.InvariantCulture);
            }
        }

        return message.ToString();
    }

    private static string? Text(LogEvent logEvent, string name) =>
        logEvent.Properties.TryGetValue(name, out var value) && value is ScalarValue { Value: string text } ? text : null;

    private static void Write(TextWriter line, string name, string? value)
    {
        if (value is not null)
        {
            Name(line, name);
            JsonValueFormatter.WriteQuotedJsonString(value, line);
        }
    }

    private static void Name(TextWriter line, string name)
    {
        line.Write(',');
        JsonValueFormatter.WriteQuotedJsonString(name, line);
        line.Write(':');
    }

    private static string NameOf(string property)
    {
        var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property);
        return Own.Contains(name) ? name + "_" : name;
    }

    // The names of HOOP_LOG_LEVEL.
    private static string NameOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "information",
        LogEventLevel.Warning => "warning",
        LogEventLevel.Error => "error",
        _ => "critical",
    };
}
