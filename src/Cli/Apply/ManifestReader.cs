using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Configuration;
using Hoop.Cli.Federation;
using YamlDotNet.RepresentationModel;

namespace Hoop.Cli.Apply;

/// <summary>
/// Reads manifests: YAML of one or several documents, JSON (an object or a list of them), standard input, folders of such files.
/// </summary>
internal static class ManifestReader
{
    private const int MostDocuments = 10_000;

    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    /// <exception cref="CliFailure">With file and line.</exception>
    public static IReadOnlyList<Manifest> Read(IEnumerable<string> paths)
    {
        var manifests = paths.SelectMany(Files).SelectMany(file => Parse(file, TextOf(file))).Take(MostDocuments + 1).ToArray();
        if (manifests.Length > MostDocuments)
        {
            throw new CliFailure($"-f: more than {MostDocuments} documents; apply them in parts");
        }

        var seen = new Dictionary<string, Manifest>(StringComparer.Ordinal);
        foreach (var manifest in manifests)
        {
            var key = $"{manifest.Kind.Name}/{manifest.Kind.KeyOf(manifest.Name)}";
            if (!seen.TryAdd(key, manifest))
            {
                throw manifest.Problem(
                    $"{manifest.Kind.Name}/{manifest.Name} is described a second time; the first is at {seen[key].Place}");
            }
        }

        return manifests;
    }

    /// <param name="file">For messages.</param>
    public static IReadOnlyList<Manifest> Parse(string file, string text)
    {
        var name = file == "-" ? "standard input" : file;
        try
        {
            return [.. Documents(name, text).Select(document => Of(document.Node, document.Place))];
        }
        catch (PolicyProblem problem)
        {
            throw new CliFailure($"{name}:{problem.Message}");
        }
    }

    // A file without a byte is one without a document; whether that is meant is asked later.
    private static string TextOf(string file) =>
        file != "-" && new FileInfo(file) is { Exists: true, Length: 0 } ? "" : InputFile.Text("-f", file);

    private static IEnumerable<string> Files(string path)
    {
        if (path == "-" || !Directory.Exists(path))
        {
            return [path];
        }

        var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => Endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files : throw new CliFailure($"-f {path}: no {string.Join(", ", Endings)} in this folder");
    }

    private static IEnumerable<(JsonNode? Node, string Place)> Documents(string file, string text)
    {
        // JSON is read as JSON: it escapes in ways that YAML does not.
        if (text.AsSpan().TrimStart() is ['{' or '[', ..] && Json(text) is { } json)
        {
            return json is JsonArray list
                ? list.Select((item, index) => (item, string.Create(CultureInfo.InvariantCulture, $"{file}[{index}]")))
                : [(json, file)];
        }

        return PolicyYaml.Documents(text).Select(
            root => (Node(root, "document"), string.Create(CultureInfo.InvariantCulture, $"{file}:{root.Start.Line}")));
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? Node(YamlNode node, string name) => node switch
    {
        _ when PolicyYaml.IsNull(node) => null,
        YamlScalarNode scalar => PolicyYaml.Scalar(scalar, name),
        YamlSequenceNode list => new JsonArray([.. list.Select(item => Node(item, name))]),
        YamlMappingNode mapping => new JsonObject(PolicyYaml.Merged(mapping).Select(
            entry => KeyValuePair.Create(entry.Key.Value!, Node(entry.Value, entry.Key.Value!)))),
        _ => throw new PolicyProblem(node, "not a value"),
    };

    private static Manifest Of(JsonNode? node, string place)
    {
        if (node is not JsonObject document)
        {
            throw new CliFailure($"{place}: a document has keys and values, the first of them kind");
        }

        if (document["kind"] is not JsonValue said || !said.TryGetValue<string>(out var word))
        {
            throw new CliFailure($"{place}: kind is missing; it is one of {string.Join(", ", ManifestKinds.All.Select(one => one.Name))}");
        }

        var kind = ManifestKinds.Find(word) ?? throw new CliFailure(
            Nearest.To(word, ManifestKinds.All.SelectMany(one => one.Aliases.Prepend(one.Name))) is { } meant
                ? $"{place}: there is no kind {word}; did you mean {meant}?"
                : $"{place}: there is no kind {word}; the kinds are {string.Join(", ", ManifestKinds.All.Select(one => one.Name))}");
        var body = new JsonObject();
        foreach (var (key, value) in document)
        {
            if (key != "kind" && !key.StartsWith("x-", StringComparison.Ordinal))
            {
                body[kind.Members.Contains(key) ? key : throw Unknown(kind, key, place)] = value?.DeepClone();
            }
        }

        foreach (var key in kind.Required.Where(key => body[key] is null))
        {
            throw new CliFailure($"{place}: {kind.Name} needs {key}");
        }

        if (kind.Exclusive.FirstOrDefault(group => group.Count(body.ContainsKey) > 1) is { } both)
        {
            throw new CliFailure($"{place}: only one of {string.Join(", ", both)} may be set");
        }

        var manifest = new Manifest(kind, body, place);
        kind.Check?.Invoke(manifest);
        return manifest;
    }

    private static CliFailure Unknown(ManifestKind kind, string key, string place) => new(Nearest.To(key, kind.Members) is { } meant
        ? $"{place}: {kind.Name} has no {key}; did you mean {meant}?"
        : $"{place}: {kind.Name} has no {key}; it has {string.Join(", ", kind.Members)}");
}
