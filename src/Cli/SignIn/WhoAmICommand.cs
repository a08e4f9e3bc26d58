using System.CommandLine;
using Hoop.Cli.Callers;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.SignIn;

/// <summary><c>hoop whoami</c>: GET /api/userinfo.</summary>
internal static class WhoAmICommand
{
    public static Command Command() => new Verb("whoami", "Who you are to the gateway")
    {
        Call.Output, Call.Timeout,
    }.With("""
        hoop whoami
        hoop whoami -o json
        """).For("GET /api/userinfo").Does(GetUserInfo.Show);
}
