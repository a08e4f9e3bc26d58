using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Apply;

/// <summary>
/// <c>hoop apply -f FILE</c>: brings about what the files say. The second run changes nothing. Exit codes: 0 done or nothing to do, 1 an
/// error, 2 with <c>--dry-run --exit-code</c> when there is something to do.
/// </summary>
internal static class ApplyCommand
{
    public static Command Command()
    {
        var files = new Option<string[]>("--file", "-f")
        {
            Description = "File or folder of manifests, YAML or JSON; - is standard input; repeatable",
            HelpName = "PATH",
            Required = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done, and do nothing" };
        var exitCode = new Option<bool>("--exit-code") { Description = "With --dry-run: exit code 2 when there is something to do" };
        var prune = new Option<bool>("--prune") { Description = "Delete what is of the kinds of --kinds and not in the files" };
        var kinds = new Option<string[]>("--kinds")
        {
            Description = "With --prune: the kinds, separated by commas; repeatable",
            HelpName = "a,b",
            Arity = ArgumentArity.OneOrMore,
        };
        var credentials = new Option<bool>("--replace-credentials")
        {
            Description = "Send credentials and secrets again, also those that are stored already",
        };
        var allowEmpty = new Option<bool>("--allow-empty") { Description = "Files without any document are meant so; with --prune everything of the kinds goes" };

        return new Verb("apply", "Bring about what files say: agents, connections, mappings, accounts, issuers and the rest")
        {
            files, dryRun, exitCode, prune, kinds, allowEmpty, credentials, Call.Output, Call.Timeout,
        }.With("""
            hoop apply -f hoop/
            hoop apply -f hoop.yaml --dry-run --exit-code
            hoop apply -f hoop/ --prune --kinds agents,connections,spiffe-mappings
            """).Explaining(
            "Exit codes",
            ("0", "done, or nothing to do"),
            ("1", "an error; what was done until then stays done, and the same again goes on"),
            ("2", "with --dry-run --exit-code: there is something to do"))
            .Explaining("Kinds", Kinds())
            .For("POST /api/issuers/{id:uuid}/secrets/compare")
            .Does(async call =>
        {
            var pruned = Pruned(call.Value(prune), call.Value(kinds));
            if (call.Value(exitCode) && !call.Value(dryRun))
            {
                throw new CliFailure("--exit-code belongs to --dry-run");
            }

            (call.Prunes, call.ReplacesCredentials) = (call.Value(prune), call.Value(credentials));
            var manifests = ManifestReader.Read(call.Value(files)!);
            if (manifests.Count == 0 && !call.Value(allowEmpty))
            {
                throw new CliFailure("there is no document in the files; if that is meant, add --allow-empty");
            }

            var plan = await Plan.Make(call, manifests, pruned);
            if (call.Value(dryRun))
            {
                Show(call, plan, isDryRun: true, done: plan.Count);
                return call.Value(exitCode) && plan.Any(step => step.Action != PlanAction.Unchanged) ? 2 : 0;
            }

            await Act(call, plan);
            return 0;
        });
    }

    private static IEnumerable<(string, string)> Kinds()
    {
        foreach (var kind in ManifestKinds.All)
        {
            yield return (kind.Name, string.Join(", ", kind.Members));
        }
    }

    private static async Task Act(Call call, IReadOnlyList<PlanStep> plan)
    {
        var done = 0;
        try
        {
            foreach (var step in plan)
            {
                await step.Act(call);
                done++;
                if (!call.Json)
                {
                    Show(call, step, isDryRun: false);
                }
            }
        }
        catch (CliFailure failure)
        {
            if (call.Json)
            {
                Show(call, plan, isDryRun: false, done);
            }

            var at = plan[done];
            throw new CliFailure($"{at.Kind.Name}/{at.Name}: {failure.Message} ({done} of {plan.Count} are done; the same again goes on)");
        }

        if (call.Json)
        {
            Show(call, plan, isDryRun: false, done);
        }
        else
        {
            call.Line(Summary(plan, isDryRun: false));
        }
    }

    private static IReadOnlyList<ManifestKind> Pruned(bool prune, string[]? words)
    {
        if (prune != words is { Length: > 0 })
        {
            throw new CliFailure(
                "--prune and --kinds belong together: --prune --kinds agents,connections deletes what is of these kinds and not in the files");
        }

        var named = Groups.Of(words).Select(word => (string)word!).Select(word => (Word: word, Kind: ManifestKinds.Find(word))).ToArray();
        foreach (var (word, kind) in named)
        {
            if (kind is null)
            {
                var known = ManifestKinds.All.Select(one => one.Name).ToArray();
                throw new CliFailure(Nearest.To(word, known) is { } meant
                    ? $"--kinds {word}: there is no such kind; did you mean {meant}?"
                    : $"--kinds {word}: there is no such kind; the kinds are {string.Join(", ", known)}");
            }

            if (kind.NeverPruned is { } reason)
            {
                throw new CliFailure($"--kinds {word}: {reason}");
            }
        }

        return [.. named.Select(pair => pair.Kind!)];
    }

    private static void Show(Call call, IReadOnlyList<PlanStep> plan, bool isDryRun, int done)
    {
        if (call.Json)
        {
            call.Raw(new JsonObject
            {
                ["dry_run"] = isDryRun,
                ["steps"] = new JsonArray([.. plan.Select((step, index) => AsJson(step, !isDryRun && index < done))]),
            }.ToJsonString(JsonText.Relaxed));
            return;
        }

        foreach (var step in plan)
        {
            Show(call, step, isDryRun);
        }

        call.Line(Summary(plan, isDryRun));
    }

    private static void Show(Call call, PlanStep step, bool isDryRun)
    {
        call.Line($"{step.Kind.Name}/{step.Name} {Word(step.Action, isDryRun)}");
        foreach (var difference in step.Action == PlanAction.Change ? step.Differences : [])
        {
            call.Line(difference is { From: null, To: null }
                ? $"  {difference.Field}: differs"
                : $"  {difference.Field}: {Plan.Shown(difference.From)} -> {Plan.Shown(difference.To)}");
        }
    }

    private static string Word(PlanAction action, bool isDryRun) => action switch
    {
        PlanAction.Unchanged => "unchanged",
        PlanAction.Create => isDryRun ? "would be created" : "created",
        PlanAction.Change => isDryRun ? "would be changed" : "changed",
        _ => isDryRun ? "would be deleted" : "deleted",
    };

    private static string Summary(IReadOnlyList<PlanStep> plan, bool isDryRun)
    {
        var counts = new[] { PlanAction.Create, PlanAction.Change, PlanAction.Delete, PlanAction.Unchanged }
            .Select(action => (Action: action, Count: plan.Count(step => step.Action == action)))
            .Where(pair => pair.Count > 0 || pair.Action == PlanAction.Unchanged)
            .Select(pair => $"{pair.Count} {Word(pair.Action, isDryRun)}");
        return string.Join(", ", counts) + (isDryRun ? " (dry run)" : "");
    }

    private static JsonObject AsJson(PlanStep step, bool isDone) => new()
    {
        ["kind"] = step.Kind.Name,
        ["name"] = step.Name,
        ["action"] = step.Action.ToString().ToLowerInvariant(),
        ["done"] = isDone,
        ["differences"] = new JsonArray([.. step.Differences.Select(difference => new JsonObject
        {
            ["field"] = difference.Field, ["from"] = difference.From?.DeepClone(), ["to"] = difference.To?.DeepClone(),
        })]),
    };
}
