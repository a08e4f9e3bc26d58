using System.CommandLine;
using System.Net;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Organizations;

/// <summary>
/// <c>hoop admin delete org NAME [--cascade]</c>: DELETE /api/orgs/{id}. What the organization holds is shown before it goes, and after.
/// </summary>
internal static class DeleteOrganization
{
    public static Command Command()
    {
        var name = ResourceList.Name("organization name", description: "Name or id of the organization");
        var cascade = new Option<bool>("--cascade") { Description = "Delete everything that the organization holds, too" };
        return new Verb("org", "Delete an organization; its audit trail stays", "orgs", "organization") { name, cascade }.With("""
            hoop admin delete org acme
            hoop admin delete org acme --cascade
            """).Showing(Formats.Named).For("DELETE /api/orgs/{id:uuid}").Does(async call =>
        {
            var organization = call.Value(name)!;
            var id = await OrganizationReference.IdOf(call, organization);
            var answer = await call.Api.Try(hoop => hoop.Organizations.Delete(id, call.Value(cascade) ? true : null, call.Stop));
            if (answer.Status == HttpStatusCode.NotFound)
            {
                throw ResourceList.Missing("org", organization);
            }

            if (answer.Status == HttpStatusCode.Conflict && answer.Object.Text("code") == "organization_not_empty")
            {
                throw new CliFailure(
                    $"org \"{organization}\" still holds {string.Join(", ", Counts(answer, "holds"))}. "
                    + $"Delete them with it: hoop admin delete org {organization} --cascade");
            }

            call.Done(answer.OrFail(), "org", organization, "deleted");
            if (!call.Json && !answer.IsEmpty)
            {
                foreach (var gone in Counts(answer, "deleted_with_it"))
                {
                    call.Line($"{gone} deleted");
                }
            }
        });
    }

    private static IEnumerable<string> Counts(Answer answer, string member) =>
        answer.Object.Members(member).Select(kind => Counted(kind.Name.Replace('_', ' '), kind.Value.AsText()));

    private static string Counted(string noun, string count) =>
        count == "1" ? $"1 {noun}" : noun.EndsWith('y') ? $"{count} {noun[..^1]}ies" : $"{count} {noun.TrimEnd('s')}s";
}
