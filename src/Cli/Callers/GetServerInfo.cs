using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Callers;

/// <summary><c>hoop admin serverinfo</c>: GET /api/serverinfo.</summary>
internal static class GetServerInfo
{
    public static Command Command() => new Verb("serverinfo", "The gateway's version and settings").With("""
            hoop admin serverinfo
            """).For("GET /api/serverinfo").Does(async call =>
    {
        call.DemandNoListOption();
        var answer = await call.Api.Do(hoop => hoop.Server.GetInfo(call.Stop));
        if (call.Json)
        {
            call.Raw(answer.Text);
            return;
        }

        var server = answer.Object;
        call.Labels(
            ("Version", server.Text("version")),
            ("API URL", server.Text("api_url")),
            ("Auth Method", server.Text("auth_method")),
            ("Tenancy Type", server.Text("tenancy_type")),
            ("Feature Flags", string.Join(", ", server.Members("feature_flags").Select(flag => $"{flag.Name}={flag.Value.AsText()}"))));
    });
}
