using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Apply;

internal enum PlanAction
{
    Unchanged,
    Create,
    Change,
    Delete,
}

/// <summary>One step: what it does, and why.</summary>
internal sealed record PlanStep(
    ManifestKind Kind, string Name, PlanAction Action, IReadOnlyList<Difference> Differences, Manifest? Manifest, Existing? There)
{
    public async Task Act(Call call)
    {
        if (Action == PlanAction.Delete)
        {
            await Kind.Delete!(call, There!);
        }
        else if (Action != PlanAction.Unchanged)
        {
            var body = Kind.Merged(Manifest!.Body, There?.Body);
            await Kind.Write(call, new ManifestWrite(body, Manifest, There, [.. Differences.Select(difference => difference.Field)]));
        }
    }
}

/// <summary>
/// The one plan that both the difference and the act come from. Looked up once: what is shown is what is done, the last object of a kind
/// goes too, and what somebody else looks after stays.
/// </summary>
internal static class Plan
{
    /// <param name="manifests">What shall be.</param>
    /// <param name="pruned">Kinds of which nothing else shall be.</param>
    public static async Task<IReadOnlyList<PlanStep>> Make(
        Call call, IReadOnlyList<Manifest> manifests, IReadOnlyList<ManifestKind> pruned)
    {
        var steps = new List<PlanStep>();
        var deletions = new List<PlanStep>();
        foreach (var kind in ManifestKinds.All)
        {
            Manifest[] wanted = [.. manifests.Where(manifest => manifest.Kind == kind)];
            if (wanted.Length == 0 && !pruned.Contains(kind))
            {
                continue;
            }

            var there = await kind.Load(call, wanted);
            var byName = there.ToLookup(one => kind.KeyOf(one.Name), StringComparer.Ordinal);
            foreach (var manifest in wanted)
            {
                steps.Add(await Step(call, manifest, byName[kind.KeyOf(manifest.Name)].FirstOrDefault()));
            }

            if (pruned.Contains(kind))
            {
                var names = wanted.Select(manifest => kind.KeyOf(manifest.Name)).ToHashSet(StringComparer.Ordinal);
                deletions.AddRange(there.Where(one => one.Owner is null && !names.Contains(kind.KeyOf(one.Name)))
                    .Select(one => new PlanStep(kind, one.Name, PlanAction.Delete, [], Manifest: null, one)));
            }
        }

        // What others name is made before them, and goes after them.
        deletions.Reverse();
        return [.. steps, .. deletions];
    }

    private static async Task<PlanStep> Step(Call call, Manifest manifest, Existing? there)
    {
        var kind = manifest.Kind;
        if (there?.Owner is { } owner)
        {
            throw manifest.Problem($"{kind.Name}/{there.Name} belongs to {owner} and is not changed here; take it out of the file");
        }

        List<Difference> differences = [.. kind.Differences(manifest.Body, there?.Body ?? [])];
        if (kind.Secrets is { } secrets)
        {
            differences.AddRange(await secrets(call, manifest, there));
        }

        if (there is not null && differences.FirstOrDefault(difference => kind.Fixed.Contains(difference.Field)) is { } rigid)
        {
            throw manifest.Problem(
                $"{rigid.Field} of {kind.Name}/{there.Name} is {Shown(rigid.From)} and cannot change; delete it first: hoop admin delete {kind.Name} {there.Name}");
        }

        var action = there is null ? PlanAction.Create : differences.Count > 0 ? PlanAction.Change : PlanAction.Unchanged;
        return new PlanStep(kind, manifest.Name, action, differences, manifest, there);
    }

    public static string Shown(JsonNode? node) => node?.ToJsonString(JsonText.Relaxed) ?? "nothing";
}
