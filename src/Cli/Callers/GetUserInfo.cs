using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Callers;

/// <summary><c>hoop admin get userinfo</c>: GET /api/userinfo. Who the token says you are.</summary>
internal static class GetUserInfo
{
    public static Command Command() => new Verb("userinfo", "Who you are to the gateway").With("""
            hoop admin get userinfo -o json
            """).For("GET /api/userinfo").Does(Show);

    public static async Task Show(Call call)
    {
        call.DemandNoListOption();
        var answer = await call.Api.Do(hoop => hoop.Server.GetUserInfo(call.Stop));
        if (call.Json)
        {
            call.Raw(answer.Text);
            return;
        }

        var me = answer.Object;
        call.Labels(
            ("ID", me.Text("id")),
            ("Email", me.Text("email")),
            ("Name", me.Text("name")),
            ("Kind", me.Text("kind")),
            ("Status", me.Text("status")),
            ("Role", me.Text("role")),
            ("Groups", string.Join(", ", me.Texts("groups"))),
            ("Organization", me.Text("org_name")),
            ("Expires At", me.Text("expires_at")));
    }
}
