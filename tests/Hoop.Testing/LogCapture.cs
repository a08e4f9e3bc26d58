using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Hoop.Testing;

/// <summary>Keeps every log line, so that tests can look for what should be there and for what must never be.</summary>
public sealed partial class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {category} {MessageOf(state) ?? formatter(state, exception)} {exception}");

        // The gateway's logger quotes texts in what it renders for others; and what it adds to a request's line stands in no message.
        private static string? MessageOf<TState>(TState state)
        {
            if (state is not IEnumerable<KeyValuePair<string, object?>> pairs
                || pairs.ToList() is not { } values
                || values.Find(pair => pair.Key == "{OriginalFormat}").Value is not string template)
            {
                return null;
            }

            var message = Hole().Replace(
                template, hole => values.FirstOrDefault(pair => pair.Key == hole.Groups["name"].Value) is { Key: not null } value
                ? string.Format(CultureInfo.InvariantCulture, $"{{0{hole.Groups["format"].Value}}}", value.Value)
                : hole.Value);
            var rest = values.Where(
                pair => pair.Key is "client" or "org" or "caller" or "user_agent").Select(pair => $" {pair.Key}={pair.Value}");
            return message + string.Concat(rest);
        }
    }

    [GeneratedRegex(@"\{(?<name>\w+)(?<format>:[^}]+)?\}", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Hole();
}
