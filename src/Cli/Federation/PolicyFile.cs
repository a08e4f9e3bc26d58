using System.Globalization;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Hoop.Cli.Federation;

/// <summary>A federation policy file: YAML, safe to commit, because credentials stand in a file of their own.</summary>
internal static class PolicyFile
{
    private const int LongestTokenSeconds = 43200;

    private static readonly string[] Texts = ["builtin_provider", "identity_source_attribute", "identity_target_template", "fallback_policy", "readonly_principal"];

    // Of an answer of the gateway, which may serve as a file.
    private static readonly string[] ServerOnly = ["hook_source", "id", "connection_id", "has_admin_credentials", "created_at", "updated_at"];

    /// <summary>The request's body: <c>hook_source</c> and <c>builtin_provider</c> always, the rest when the file has it.</summary>
    /// <exception cref="CliFailure"><c>failed parsing "FILE": line:column: reason</c>.</exception>
    public static JsonObject Read(string path, Action<string> note)
    {
        try
        {
            return Parse(InputFile.Text("--file", path), unknown => note($"{path}:{unknown}"));
        }
        catch (YamlException exception)
        {
            throw new CliFailure($"failed parsing \"{path}\": {exception.Start.Line}:{exception.Start.Column}: {exception.InnerException?.Message ?? exception.Message}");
        }
        catch (PolicyProblem problem)
        {
            throw new CliFailure($"failed parsing \"{path}\": {problem.Message}");
        }
    }

    private static JsonObject Parse(string text, Action<string> note)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        if (yaml.Documents is not [{ RootNode: YamlMappingNode root }])
        {
            throw new PolicyProblem("expected one document of the form key: value");
        }

        var body = new JsonObject { ["hook_source"] = "builtin", ["builtin_provider"] = "" };
        foreach (var (key, value) in root)
        {
            var name = key is YamlScalarNode { Value: { } scalar } ? scalar : throw new PolicyProblem(key, "a key must be a text");
            switch (name)
            {
                case "extra_config":
                    body[name] = Extra(value);
                    break;
                case "token_ttl_seconds":
                    body[name] = Seconds(value);
                    break;
                case "admin_credentials_json":
                    throw new PolicyProblem(key, "credentials do not belong into the policy; name their file with --credentials-file");
                case var _ when Texts.Contains(name):
                    body[name] = Text(name, value);
                    break;
                case var _ when !ServerOnly.Contains(name):
                    note($"{key.Start.Line}:{key.Start.Column}: the unknown key {name} is ignored");
                    break;
            }
        }

        Check(body);
        foreach (var absent in body.Where(IsAbsent).Select(member => member.Key).ToArray())
        {
            body.Remove(absent);
        }

        return body;
    }

    private static bool IsAbsent(KeyValuePair<string, JsonNode?> member) => member.Value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length == 0,
        JsonValue value when value.TryGetValue<int>(out var number) => number == 0,
        _ => false,
    };

    private static void Check(JsonObject body)
    {
        if (Of("builtin_provider").Length == 0)
        {
            throw new PolicyProblem("builtin_provider is required (e.g. gcp_iam)");
        }

        if (Of("identity_target_template").Length == 0)
        {
            throw new PolicyProblem("identity_target_template is required (e.g. \"{user.email_local}@my-proj.iam.gserviceaccount.com\")");
        }

        if (Of("fallback_policy") is not ("" or "deny" or "readonly"))
        {
            throw new PolicyProblem("fallback_policy must be one of: deny, readonly");
        }

        if (Of("fallback_policy") == "readonly" && Of("readonly_principal").Length == 0)
        {
            throw new PolicyProblem("readonly_principal is required when fallback_policy is readonly");
        }

        string Of(string name) => body[name]?.GetValue<string>() ?? "";
    }

    private static string Text(string name, YamlNode node) => node is YamlScalarNode scalar
        ? IsNull(scalar) ? "" : scalar.Value!
        : throw new PolicyProblem(node, $"{name} must be a text{(node is YamlMappingNode ? "; put a template that begins with { in quotes" : "")}");

    private static int Seconds(YamlNode node) =>
        node is YamlScalarNode scalar && IsNull(scalar) ? 0
        : node is YamlScalarNode { Value: { } text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestTokenSeconds ? seconds
        : throw new PolicyProblem(node, $"token_ttl_seconds must be a whole number from 1 to {LongestTokenSeconds}");

    private static JsonObject Extra(YamlNode node)
    {
        var extra = new JsonObject();
        if (node is YamlScalarNode scalar && IsNull(scalar))
        {
            return extra;
        }

        foreach (var (key, value) in node as YamlMappingNode ?? throw new PolicyProblem(node, "extra_config must hold keys and values"))
        {
            var name = key is YamlScalarNode { Value: { } text } ? text : throw new PolicyProblem(key, "a key must be a text");
            extra[name] = value switch
            {
                YamlScalarNode single => Scalar(single),
                YamlSequenceNode list => new JsonArray([.. list.Select(item => item is YamlScalarNode single ? Scalar(single) : throw new PolicyProblem(item, $"extra_config.{name} may list plain values only"))]),
                _ => throw new PolicyProblem(value, $"extra_config.{name} must be a value or a list of values"),
            };
        }

        return extra;
    }

    private static JsonNode? Scalar(YamlScalarNode scalar) => scalar switch
    {
        _ when IsNull(scalar) => null,
        { Style: ScalarStyle.Plain, Value: "true" or "false" } => scalar.Value == "true",
        { Style: ScalarStyle.Plain } when long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => scalar.Value,
    };

    private static bool IsNull(YamlScalarNode scalar) => scalar is { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    private sealed class PolicyProblem(string message) : Exception(message)
    {
        public PolicyProblem(YamlNode at, string message)
            : this($"{at.Start.Line}:{at.Start.Column}: {message}")
        {
        }
    }
}
