using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Issuers;

/// <summary>The options that mark an issuer as the one at which the people of the organization sign in.</summary>
internal sealed class PeopleOptions
{
    private readonly Option<string?> _people = Text("--people", "open|invited", "People of the organization sign in here, with --client-id");
    private readonly Option<string?> _domain = Text("--people-domain", "DOMAIN", "What hd in their tokens must be (Google)");
    private readonly Option<string[]> _scopes = new("--people-scope")
    {
        Description = "What hoop login asks for; repeatable, openid among them", HelpName = "SCOPE", Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string[]> _parameters = new("--people-parameter")
    {
        Description = "What the provider's page wants to see besides; repeatable", HelpName = "NAME=VALUE", Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _groups = Text("--people-groups-claim", "NAME", "Claim that lists their groups; without it admins set them");
    private readonly Option<string?> _keep = Text("--people-groups-keep", "DURATION", "How long the last known groups count; 24h when left out");
    private readonly Option<bool> _trustEmail = new("--people-trust-email")
    {
        Description = "Take their address although nothing says that it was verified",
    };

    public void AddTo(Verb verb)
    {
        foreach (var option in new Option[] { _people, _domain, _scopes, _parameters, _groups, _keep, _trustEmail })
        {
            verb.Add(option);
        }
    }

    /// <summary>Null when nothing is said about people.</summary>
    /// <exception cref="CliFailure">The options do not fit together.</exception>
    public JsonObject? Read(Call call)
    {
        var body = new JsonObject();
        Set("hosted_domain", call.Value(_domain));
        Set("groups_claim", call.Value(_groups));
        Set("groups_keep", call.Value(_keep));
        if (call.Has(_scopes))
        {
            body["scopes"] = new JsonArray([.. call.Value(_scopes)!.Select(scope => (JsonNode?)scope)]);
        }

        if (call.Has(_parameters))
        {
            var parameters = new JsonObject();
            foreach (var pair in call.Value(_parameters)!)
            {
                parameters[pair.Split('=', 2)[0]] = pair.Split('=', 2) is [_, var value]
                    ? value
                    : throw new CliFailure($"--people-parameter: write NAME=VALUE in place of {pair}");
            }

            body["parameters"] = parameters;
        }

        if (call.Value(_trustEmail))
        {
            body["trust_email"] = true;
        }

        if (call.Value(_people) is { } mode)
        {
            body["sign_in"] = mode;
            return body;
        }

        return body.Count == 0
            ? null
            : throw new CliFailure("--people open or --people invited is needed before anything else is said about people");

        void Set(string member, string? value)
        {
            if (value is not null)
            {
                body[member] = value;
            }
        }
    }

    private static Option<string?> Text(string name, string label, string description) =>
        new(name) { Description = description, HelpName = label };
}
