using System.CommandLine;
using System.Net;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Organizations;

/// <summary>
/// <c>hoop admin create org NAME</c>: POST /api/orgs. Standard output is the token of its first admin alone, for <c>$(…)</c>.
/// </summary>
internal static class CreateOrganization
{
    public static Command Command()
    {
        var name = ResourceList.Name("organization name", description: "Lower-case letters, digits and inner dashes");
        return new Verb("org", "Create an organization and show its admin token, once", "orgs", "organization") { name }.With("""
            hoop admin create org acme
            """).For("POST /api/orgs").Does(async call =>
        {
            var answer = await call.Api.Try(hoop => hoop.Organizations.Create(new CreateOrganizationRequest(call.Value(name)), call.Stop));
            if (answer.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure($"org \"{call.Value(name)}\" exists already ({(int)answer.Status})");
            }

            if (call.Json)
            {
                call.Raw(answer.OrFail().Text);
                return;
            }

            call.Line(answer.OrFail().Object.Text("admin_token") ?? throw new CliFailure("the gateway answered no admin token"));
            call.Note($"org \"{call.Value(name)}\" created; the token of its admin is shown this once");
        });
    }
}
