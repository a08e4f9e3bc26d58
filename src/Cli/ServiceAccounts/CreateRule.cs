using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.ServiceAccounts;

/// <summary><c>hoop admin create serviceaccount-rule NAME</c>: POST /api/serviceaccounts/rules, or PUT with <c>--overwrite</c>.</summary>
internal static class CreateRule
{
    public static Command Command()
    {
        var name = ResourceList.Name("rule", "NAME", "Name of the rule");
        var issuer = new Option<string>("--issuer") { Description = "Whose tokens it takes", HelpName = "URL", Required = true };
        var equals = Conditions("--equals", "CLAIM=TEXT", "The claim is this text; repeatable, and all conditions must hold");
        var oneOf = Conditions("--one-of", "CLAIM=A,B", "The claim is one of these texts");
        var glob = Conditions("--glob", "CLAIM=PATTERN", "* stands for a part of a segment between / and :, ** at the end for the rest");
        var account = new Option<string?>("--account-name")
        {
            Description = "Name of the resulting account, with claims as {name}; {sub} when left out",
            HelpName = "TEMPLATE",
        };
        var groups = new Option<string[]>("--groups")
        {
            Description = "Groups of the account, separated by commas; repeatable", HelpName = "a,b", Arity = ArgumentArity.OneOrMore,
        };
        var priority = new Option<int?>("--priority") { Description = "Of several rules the highest wins", HelpName = "N" };
        var lifetime = new Option<int?>("--lifetime") { Description = "Seconds after its iat that a token counts", HelpName = "N" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the rule that exists" };

        return new Verb(RuleReference.Type, "Give accounts to tokens by their claims, for CI jobs and Kubernetes", RuleReference.Aliases)
        {
            name, issuer, equals, oneOf, glob, account, groups, priority, lifetime, overwrite,
        }.With("""
            hoop admin create sa-rule deploy --issuer https://gitlab.example --equals project_id=20 --equals ref=main --groups ops
            hoop admin create sa-rule pods --issuer https://kubernetes.default.svc --glob 'sub=system:serviceaccount:ci:*' --groups ci
            """)
            .Showing(Formats.Named).For("POST /api/serviceaccounts/rules", "PUT /api/serviceaccounts/rules/{id:uuid}")
            .Does(async call =>
        {
            var body = new JsonObject
            {
                ["name"] = call.Value(name),
                ["issuer"] = call.Value(issuer),
                ["conditions"] = new JsonArray(
                [
                    .. Pairs(call, equals).Select(pair => Condition(pair.Claim, "equals", JsonValue.Create(pair.Text))),
                    .. Pairs(call, oneOf).Select(pair => Condition(
                        pair.Claim, "one_of", new JsonArray([.. pair.Text.Split(',').Select(text => JsonValue.Create(text))]))),
                    .. Pairs(call, glob).Select(pair => Condition(pair.Claim, "glob", JsonValue.Create(pair.Text))),
                ]),
                ["groups"] = Groups.Of(call.Value(groups)),
            };
            if (call.Value(account) is { } template)
            {
                body["account_name"] = template;
            }

            if (call.Value(priority) is { } number)
            {
                body["priority"] = number;
            }

            if (call.Value(lifetime) is { } seconds)
            {
                body["lifetime_seconds"] = seconds;
            }

            await Send(call, call.Value(name)!, body, call.Value(overwrite));
        });
    }

    private static async Task Send(Call call, string name, JsonObject body, bool overwrite)
    {
        var answer = overwrite
            ? await Replace(call, await RuleReference.IdOf(call, name), body.As(HoopJson.Default.UpdateRuleRequest))
            : await call.Api.Try(hoop => hoop.Rules.Create(body.As(HoopJson.Default.CreateRuleRequest), call.Stop));
        if (answer.Status == HttpStatusCode.Conflict && !overwrite)
        {
            throw new CliFailure($"{RuleReference.Type} \"{name}\" exists already ({(int)answer.Status}); replace it with --overwrite");
        }

        call.Done(answer.OrFail(), RuleReference.Type, name, overwrite ? "updated" : "created");
        if (!answer.IsEmpty)
        {
            call.Warnings(answer.Object);
        }
    }

    private static Task<Answer> Replace(Call call, Guid id, UpdateRuleRequest body) =>
        call.Api.Try(hoop => hoop.Rules.Update(id, body, call.Stop));

    private static Option<string[]> Conditions(string name, string label, string description) =>
        new(name) { Description = description, HelpName = label, Arity = ArgumentArity.OneOrMore };

    private static IEnumerable<(string Claim, string Text)> Pairs(Call call, Option<string[]> option)
    {
        foreach (var pair in call.Value(option) ?? [])
        {
            var sign = pair.IndexOf('=', StringComparison.Ordinal);
            yield return sign > 0
                ? (pair[..sign], pair[(sign + 1)..])
                : throw new CliFailure($"{option.Name} {pair}: write CLAIM=VALUE");
        }
    }

    private static JsonObject Condition(string claim, string kind, JsonNode? value) => new() { ["claim"] = claim, [kind] = value };
}
