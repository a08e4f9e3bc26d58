using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Output;

namespace Hoop.Cli.Apply;

/// <summary><c>hoop export [KIND…]</c>: what is there, as manifests that <c>hoop apply</c> takes. Secrets are not in them.</summary>
internal static class ExportCommand
{
    public static Command Command()
    {
        var kinds = new Argument<string[]>("KIND") { Description = "The kinds; without one, all", Arity = ArgumentArity.ZeroOrMore };
        return new Verb("export", "Write what is there as manifests for hoop apply; without secrets") { kinds, Call.Output, Call.Timeout }.With("""
            hoop export > hoop.yaml
            hoop export agents connections -o json
            """).Does(async call =>
        {
            var named = (call.Value(kinds) ?? []).Select(word => ManifestKinds.Find(word)
                ?? throw new CliFailure(Nearest.To(word, ManifestKinds.All.Select(one => one.Name)) is { } meant
                    ? $"there is no kind {word}; did you mean {meant}?"
                    : $"there is no kind {word}; the kinds are {string.Join(", ", ManifestKinds.All.Select(one => one.Name))}")).ToArray();
            var documents = new List<JsonObject>();
            foreach (var kind in named is [] ? ManifestKinds.All : named)
            {
                foreach (var one in (await Load(call, kind, isAsked: named is not [])).Where(one => one.Owner is null))
                {
                    documents.Add(new JsonObject([
                        KeyValuePair.Create("kind", (JsonNode?)kind.Name),
                        .. one.Body.Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))]));
                }
            }

            if (call.Format == Formats.Json)
            {
                call.Raw(new JsonArray([.. documents]).ToJsonString());
                return;
            }

            foreach (var document in documents)
            {
                call.Line("---");
                call.Block(Yaml.Of(JsonElement.Parse(document.ToJsonString())));
            }
        });
    }

    // Whoever asks for all gets what is to be seen; whoever names a kind is told why it is not.
    private static async Task<IReadOnlyList<Existing>> Load(Call call, ManifestKind kind, bool isAsked)
    {
        try
        {
            return await kind.Load(call, []);
        }
        catch (CliFailure failure) when (!isAsked && kind == ConnectionKinds.Federation)
        {
            call.Note($"federation is left out: {failure.Message}");
            return [];
        }
    }
}
