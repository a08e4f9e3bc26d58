using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.FeatureFlags;

/// <summary><c>hoop admin feature-flag list</c>: GET /api/feature-flags.</summary>
internal static class ListFeatureFlags
{
    public static Command Command() => new Verb("list", "All flags").With("""
            hoop admin feature-flag list
            """).For("GET /api/feature-flags").Does(async call =>
    {
        var answer = await call.Api.Do(hoop => hoop.FeatureFlags.List(call.Stop));
        if (call.Json)
        {
            call.Raw(answer.Text);
            return;
        }

        var table = new Table("NAME", "ENABLED", "DEFAULT", "STABILITY", "DESCRIPTION");
        foreach (var flag in answer.List)
        {
            table.Add(flag.Text("name"), flag.Text("enabled"), flag.Text("default"), flag.Text("stability"), flag.Text("description"));
        }

        call.Table(table);
    });
}
