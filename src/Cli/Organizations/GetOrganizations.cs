using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Organizations;

/// <summary><c>hoop admin get orgs [NAME]</c>: GET /api/orgs, for the operator.</summary>
internal static class GetOrganizations
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("Name or id of one organization");
        return new Verb("orgs", "Organizations; for the operator", "org", "organizations", "organization") { name }.With("""
            hoop admin get orgs
            hoop admin get org acme -o json
            """).Showing(Formats.All).For("GET /api/orgs", "GET /api/orgs/{id:uuid}")
            .Does(async call =>
                await call.Show(Listing, call.Value(name) is { } wanted ? $"{await OrganizationReference.IdOf(call, wanted)}" : null));
    }

    private static readonly Listing Listing = Listing.Of("org", (hoop, query) => hoop.Organizations.List(query.PageSize), Of)
        .With((hoop, id, stop) => hoop.Organizations.Get(Bodies.Id(id), stop));

    private static Table Of(IReadOnlyList<JsonElement> organizations)
    {
        var table = new Table("ID", "NAME", "CREATED");
        foreach (var organization in organizations)
        {
            table.Add(organization.Text("id"), organization.Text("name"), organization.Text("created_at"));
        }

        return table;
    }
}

/// <summary>An organization as people name it.</summary>
internal static class OrganizationReference
{
    /// <summary>The id; a name is looked up.</summary>
    /// <exception cref="CliFailure">There is no such organization.</exception>
    public static async Task<Guid> IdOf(Call call, string idOrName)
    {
        if (Guid.TryParseExact(idOrName, "D", out var given))
        {
            return given;
        }

        var organizations = await call.Api.Rows(hoop => hoop.Organizations.List(pageSize: null), call.Stop);
        return Bodies.Id(organizations.FirstOrDefault(organization => organization.Text("name") == idOrName).Text("id")
            ?? throw ResourceList.Missing("org", idOrName));
    }
}
