using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.FeatureFlags;

/// <summary><c>hoop admin feature-flag get NAME</c>: the one of GET /api/feature-flags.</summary>
internal static class GetFeatureFlag
{
    public static Command Command()
    {
        var name = ResourceList.Name("flag name", description: "Name of the flag");
        return new Verb("get", "One flag") { name }.With("""
            hoop admin feature-flag get experimental.iam_federation
            """).Does(async call =>
        {
            var wanted = call.Value(name);
            var answer = await call.Api.Do(hoop => hoop.FeatureFlags.List(call.Stop));
            var flag = answer.List.FirstOrDefault(flag => flag.Text("name") == wanted);
            if (flag.ValueKind == JsonValueKind.Undefined)
            {
                throw new CliFailure($"unknown feature flag: {wanted}. All flags: hoop admin feature-flag list");
            }

            if (call.Json)
            {
                call.Raw(flag.GetRawText());
                return;
            }

            call.Labels(
                ("Name", flag.Text("name")),
                ("Enabled", flag.Text("enabled")),
                ("Default", flag.Text("default")),
                ("Stability", flag.Text("stability")),
                ("Components", string.Join(", ", flag.Texts("components"))),
                ("Description", flag.Text("description")));
        });
    }
}
