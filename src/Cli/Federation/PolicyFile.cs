using System.Text.Json.Nodes;
using Hoop.Cli.Configuration;
using YamlDotNet.RepresentationModel;

namespace Hoop.Cli.Federation;

/// <summary>A federation policy file: YAML, safe to commit, because credentials stand in a file of their own.</summary>
internal static class PolicyFile
{
    private const int LongestTokenSeconds = 43200;

    /// <summary>Of an unknown key in a message: the file may be another one, with secrets in it.</summary>
    private const int LongestKey = 40;

    private static readonly string[] Texts =
        ["builtin_provider", "identity_source_attribute", "identity_target_template", "fallback_policy", "readonly_principal"];

    // Of gcp_iam. A key that looks like none of them is the gateway's to judge, because a newer one may know more.
    private static readonly string[] ExtraKeys = ["project_id", "allowed_projects", "allowed_email_domains"];

    // Of an answer of the gateway, which may serve as a file.
    private static readonly string[] ServerOnly =
        ["hook_source", "id", "connection_id", "revision", "has_admin_credentials", "credentials_sha256", "created_at", "updated_at"];

    /// <summary>The request's body: <c>hook_source</c> and <c>builtin_provider</c> always, the rest when the file has it.</summary>
    /// <exception cref="CliFailure"><c>failed parsing "FILE": line:column: reason</c>.</exception>
    public static JsonObject Read(string path)
    {
        try
        {
            return Parse(InputFile.Text("--file", path));
        }
        catch (PolicyProblem problem)
        {
            throw new CliFailure($"failed parsing \"{path}\": {problem.Message}");
        }
    }

    private static JsonObject Parse(string text)
    {
        var body = new JsonObject { ["hook_source"] = "builtin", ["builtin_provider"] = "" };
        foreach (var (key, value) in PolicyYaml.Read(text))
        {
            var name = key.Value!;
            switch (name)
            {
                case "extra_config":
                    body[name] = Extra(value);
                    break;
                case "token_ttl_seconds":
                    body[name] = Seconds(value);
                    break;
                case "admin_credentials_json":
                    throw new PolicyProblem(key, "credentials do not belong in the policy; name their file with --credentials-file");
                case var _ when Texts.Contains(name):
                    body[name] = Text(name, value);
                    break;
                case var _ when !ServerOnly.Contains(name) && !name.StartsWith("x-", StringComparison.Ordinal):
                    throw Unknown(key, "", [.. Texts, "token_ttl_seconds", "extra_config"]);
            }
        }

        Check(body);
        foreach (var absent in body.Where(IsAbsent).Select(member => member.Key).ToArray())
        {
            body.Remove(absent);
        }

        return body;
    }

    /// <summary>A restriction with a mistyped name restricts nothing, so an unknown name is refused.</summary>
    private static PolicyProblem Unknown(YamlScalarNode key, string prefix, IReadOnlyList<string> known)
    {
        var name = key.Value!.Length > LongestKey ? key.Value[..LongestKey] + "…" : key.Value;
        return new PolicyProblem(key, Nearest.To(name, known) is { } meant
            ? $"unknown key {prefix}{name}; did you mean {meant}?"
            : $"unknown key {prefix}{name}; the keys are {string.Join(", ", known)}");
    }

    private static bool IsAbsent(KeyValuePair<string, JsonNode?> member) => member.Value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length == 0,
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

    private static string Text(string name, YamlNode node) => node switch
    {
        _ when PolicyYaml.IsNull(node) => "",
        YamlScalarNode scalar => scalar.Value!,
        YamlMappingNode => throw new PolicyProblem(node, $"{name} must be a text; put a template that begins with {{ in quotes"),
        _ => throw new PolicyProblem(node, $"{name} must be a text"),
    };

    private static int? Seconds(YamlNode node) =>
        PolicyYaml.IsNull(node) ? null
        : node is YamlScalarNode { Value: { } text } && PolicyYaml.Whole(text) is >= 1 and <= LongestTokenSeconds and var seconds
            ? (int)seconds
        : throw new PolicyProblem(node, $"token_ttl_seconds must be a whole number from 1 to {LongestTokenSeconds}");

    private static JsonObject Extra(YamlNode node)
    {
        var extra = new JsonObject();
        if (PolicyYaml.IsNull(node))
        {
            return extra;
        }

        var mapping = node as YamlMappingNode ?? throw new PolicyProblem(node, "extra_config must hold keys and values");
        foreach (var (key, value) in PolicyYaml.Merged(mapping))
        {
            var name = key.Value!;
            if (!ExtraKeys.Contains(name) && Nearest.To(name, ExtraKeys) is not null)
            {
                throw Unknown(key, "extra_config.", ExtraKeys);
            }

            extra[name] = value switch
            {
                _ when PolicyYaml.IsNull(value) =>
                    throw new PolicyProblem(value, $"extra_config.{name} has no value; give one, or leave the key away"),
                YamlScalarNode single => Single(single, name),
                YamlSequenceNode list => new JsonArray([.. list.Select(item => Item(item, name))]),
                _ => throw new PolicyProblem(value, $"extra_config.{name} must be a value or a list of values"),
            };
        }

        return extra;
    }

    private static JsonValue Single(YamlScalarNode node, string name)
    {
        var value = PolicyYaml.Scalar(node, $"extra_config.{name}");
        return name != "project_id" || value.TryGetValue<string>(out _) ? value
            : throw new PolicyProblem(
                node,
                $"extra_config.project_id is a project id such as my-proj, not {node.Value}: a project number names none here");
    }

    private static JsonValue Item(YamlNode node, string name) => node is YamlScalarNode single && !PolicyYaml.IsNull(node)
        ? PolicyYaml.Scalar(single, $"extra_config.{name}")
        : throw new PolicyProblem(node, $"extra_config.{name} may list plain values only");
}
