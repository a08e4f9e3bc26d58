using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.SpiffeMappings;

/// <summary><c>hoop admin import spiffe-mappings</c>: POST /api/spiffe-mappings/import, a part of the file at a time.</summary>
internal static class ImportSpiffeMappings
{
    // A gateway that is busy or waits for another one says so; what was stored counts as unchanged when it is sent again.
    private const int MostTries = 5;

    public static Command Command()
    {
        var file = new Option<string?>("--file", "-f")
        {
            Description = "One JSON object a line (NDJSON), each as for POST /api/spiffe-mappings; - reads standard input",
            HelpName = "FILE",
        };
        return new Verb("spiffe-mappings", "Create the mappings of a file; what is there already stays", "spiffe-mapping", "spiffemappings")
        {
            file,
        }.With("""
            hoop admin import spiffe-mappings -f mappings.ndjson
            jq -c '.[]' mappings.json | hoop admin import spiffe-mappings -f -
            """).Explaining(
            "A line",
            ("one identity", """{"trust_domain":"example.com","spiffe_id":"spiffe://example.com/web","agent_id":"UUID","groups":["agents"]}"""),
            ("a prefix", """{"trust_domain":"example.com","spiffe_prefix":"spiffe://example.com/a/","agent_template":"{{.WorkloadIdentifier}}"}"""))
        .For("POST /api/spiffe-mappings/import")
            .Does(async call =>
        {
            var path = call.Value(file) is { Length: > 0 } given ? given : throw new CliFailure("-f FILE is required; - reads standard input");
            await using var stream = Open(path);
            var (parts, total, began) = (new LineParts(stream), new Total(), Stopwatch.GetTimestamp());
            for (var first = parts.NextLine; await Next(parts, path, call.Stop) is { Length: > 0 } part; first = parts.NextLine)
            {
                total.Add(await Send(call, part, first));
                if (!Console.IsErrorRedirected)
                {
                    call.Note(total.Progress(parts.NextLine - 1, Stopwatch.GetElapsedTime(began)));
                }
            }

            if (call.Json)
            {
                call.Raw(total.Json);
            }
            else
            {
                call.Line(total.Text);
            }
        });
    }

    private static async Task<ReadOnlyMemory<byte>> Next(LineParts parts, string path, CancellationToken stop)
    {
        try
        {
            return await parts.Next(stop);
        }
        catch (IOException exception)
        {
            throw new CliFailure($"-f: {path} cannot be read: {InputFile.Problem(path, exception)}");
        }
    }

    private static async Task<Answer> Send(Call call, ReadOnlyMemory<byte> part, long first)
    {
        for (var tried = 1; ; tried++)
        {
            var content = new ReadOnlyMemoryContent(part);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            var answer = await call.Api.Try(hoop => hoop.Mappings.Import(content, first, call.Stop));
            if (answer.Status != HttpStatusCode.ServiceUnavailable || tried == MostTries)
            {
                return answer.OrFail();
            }

            call.Warning(string.Create(
                CultureInfo.InvariantCulture, $"the gateway is not available (503); sending lines from {first} on again"));
            await Task.Delay(TimeSpan.FromSeconds(tried), call.Stop);
        }
    }

    private static Stream Open(string path)
    {
        try
        {
            return path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliFailure($"-f: {path} cannot be read: {InputFile.Problem(path, exception)}");
        }
    }

    private sealed class Total
    {
        private long _lines;
        private long _created;
        private long _unchanged;

        public string Text => string.Create(
            CultureInfo.InvariantCulture, $"{_created} spiffe-mappings created, {_unchanged} were there already");

        public string Json => new JsonObject { ["lines"] = _lines, ["created"] = _created, ["unchanged"] = _unchanged }.ToJsonString();

        public void Add(Answer answer)
        {
            var counts = answer.Object;
            _lines += counts.GetProperty("lines").GetInt64();
            _created += counts.GetProperty("created").GetInt64();
            _unchanged += counts.GetProperty("unchanged").GetInt64();
        }

        public string Progress(long line, TimeSpan took) => string.Create(
            CultureInfo.InvariantCulture, $"line {line}: {Text}, {_lines / Math.Max(0.001, took.TotalSeconds):N0} a second");
    }
}
