using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Issuers;

/// <summary>
/// <c>hoop admin issuer test --token-file F</c>: POST /api/issuers/test. The exit code is 1 when the token would be refused.
/// </summary>
internal static class TestIssuer
{
    public static Command Command()
    {
        var file = new Option<string>("--token-file")
        {
            Description = "File here with an access token; - is standard input",
            HelpName = "FILE",
            Required = true,
        };
        var issuer = new Option<string?>("--issuer")
        {
            Description = "URL or id of the issuer to ask about a token that is no JWT, where there are several", HelpName = "URL",
        };
        return new Verb("test", "Say step by step what becomes of an access token, and why") { file, issuer }.With("""
            hoop admin issuer test --token-file ./token
            curl -s … | jq -r .access_token | hoop admin issuer test --token-file -
            """).For("POST /api/issuers/test").Does(async call =>
        {
            var body = new TestIssuerRequest(InputFile.Text("--token-file", call.Value(file)!).Trim(), call.Value(issuer));
            var answer = await call.Api.Do(hoop => hoop.Issuers.Test(body, call.Stop));
            var accepted = answer.Object.IsTrue("accepted");
            if (call.Json)
            {
                call.Raw(answer.Text);
                return accepted ? 0 : 1;
            }

            foreach (var step in answer.Object.Member("steps")?.EnumerateArray().ToArray() ?? [])
            {
                call.Line($"{(step.IsTrue("accepted") ? "ok  " : "NO  ")}{step.Text("step"),-16} {step.Text("detail")}");
            }

            call.Line(accepted ? "The token is accepted" : "The token is refused");
            return accepted ? 0 : 1;
        });
    }
}
