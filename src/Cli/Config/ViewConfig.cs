using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Config;

/// <summary><c>hoop config view [KEY] [--raw]</c>: what the file says. The token is shown with <c>--raw</c> only.</summary>
internal static class ViewConfig
{
    public static Command Command()
    {
        var key = new Argument<string?>("KEY") { Description = "One key alone, such as api_url", Arity = ArgumentArity.ZeroOrOne };
        var raw = new Option<bool>("--raw") { Description = "Show the token too" };

        return new Verb("view", "Show the configuration file") { key, raw, Call.Output }.With("""
            hoop config view
            hoop config view api_url
            hoop config view token --raw
            """).Does(call =>
        {
            var path = ConfigFile.PathFor(call.Variable);
            var shown = ConfigFile.Read(path, call.Warning)
                .Select(entry => KeyValuePair.Create(entry.Key, entry.Key == "token" && !call.Value(raw) ? "***" : entry.Value))
                .ToDictionary(StringComparer.Ordinal);
            if (shown.Count == 0)
            {
                throw new CliFailure($"there is no {path}; write it with: hoop config create");
            }

            if (call.Value(key) is { } wanted)
            {
                var value = shown.GetValueOrDefault(wanted) ?? throw new CliFailure($"{path} has no {wanted}");
                if (call.Json)
                {
                    call.Raw(JsonValue.Create(value).ToJsonString());
                }
                else
                {
                    call.Line(value);
                }
            }
            else if (call.Json)
            {
                call.Raw(
                    new JsonObject(shown.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, entry.Value))).ToJsonString());
            }
            else
            {
                call.Line($"# {path}");
                call.Block(FlatToml.Format(shown));
            }

            foreach (var variable in new[] { "HOOP_APIURL", "HOOP_TOKEN" })
            {
                if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 })
                {
                    call.Note($"{variable} is set and wins over the file");
                }
            }

            return Task.CompletedTask;
        });
    }
}
