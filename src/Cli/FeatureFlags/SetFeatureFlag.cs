using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.FeatureFlags;

/// <summary><c>hoop admin feature-flag enable|disable NAME</c>: PUT /api/feature-flags/{name}.</summary>
internal static class SetFeatureFlag
{
    public static Command Enable() => Command("enable", "Switch a flag on", enabled: true);

    public static Command Disable() => Command("disable", "Switch a flag off", enabled: false);

    private static Verb Command(string verb, string description, bool enabled)
    {
        var name = ResourceList.Name("flag name", description: "Name of the flag");
        return new Verb(verb, description) { name }.With($"hoop admin feature-flag {verb} experimental.iam_federation")
            .For("PUT /api/feature-flags/{name}")
            .Does(async call =>
        {
            var flag = call.Value(name)!;
            var answer = await call.Api.Do(hoop => hoop.FeatureFlags.Set(Api.Name(flag), new SetFeatureFlagBody(enabled), call.Stop));
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else
            {
                call.Line($"feature flag '{flag}' {verb}d");
            }
        });
    }
}
