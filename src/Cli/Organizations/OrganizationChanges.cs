using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;
using Hoop.Client;

namespace Hoop.Cli.Organizations;

/// <summary>What the operator does with an organization that is there: a new name, a new admin token, limits.</summary>
internal static class OrganizationChanges
{
    /// <summary><c>hoop admin update org NAME --name NEW</c>: PATCH /api/orgs/{id}.</summary>
    public static Command Rename()
    {
        var name = ResourceList.Name("organization name", description: "Name or id of the organization");
        var to = new Option<string>("--name") { Description = "Its new name", HelpName = "NAME", Required = true };
        return new Verb("org", "Rename an organization; its id and all that it has stay", "orgs", "organization") { name, to }.With("""
            hoop admin update org acme --name acme-europe
            """).Showing(Formats.Named).For("PATCH /api/orgs/{id:uuid}").Does(async call =>
        {
            var id = await OrganizationReference.IdOf(call, call.Value(name)!);
            var answer = await call.Api.Do(hoop => hoop.Organizations.Update(id, new UpdateOrganizationBody(call.Value(to)), call.Stop));
            call.Done(answer, "org", call.Value(name)!, $"is now \"{call.Value(to)}\"");
        });
    }

    /// <summary><c>hoop admin create admin-token ORG</c>: POST /api/orgs/{id}/admin-token. Standard output is the token alone.</summary>
    public static Command AdminToken()
    {
        var name = ResourceList.Name("organization name", "ORG", "Name or id of the organization");
        return new Verb("admin-token", "A new admin token for an organization that has lost its own; shown once", "admin-tokens") { name }.With("""
            HOOP_TOKEN=$(hoop admin create admin-token acme)
            """).For("POST /api/orgs/{id:uuid}/admin-token").Does(async call =>
        {
            var id = await OrganizationReference.IdOf(call, call.Value(name)!);
            var answer = await call.Api.Do(hoop => hoop.Organizations.CreateAdminToken(id, call.Stop));
            if (call.Json)
            {
                call.Raw(answer.Text);
                return;
            }

            call.Line(answer.Object.Text("admin_token") ?? throw new CliFailure("the gateway answered no admin token"));
            call.Note($"token \"{answer.Object.Text("name")}\" of org \"{call.Value(name)}\" created; it is shown this once. The old ones stay");
        });
    }

    /// <summary><c>hoop admin get quotas ORG</c>: GET /api/orgs/{id}/quotas.</summary>
    public static Command GetQuotas()
    {
        var name = ResourceList.Name("organization name", "ORG", "Name or id of the organization");
        return new Verb("quotas", "How much an organization may have of each kind; for the operator", "quota") { name }.With("""
            hoop admin get quotas acme
            """).Showing(Formats.All).For("GET /api/orgs/{id:uuid}/quotas").Does(async call =>
            await call.Show(ListingOf(await OrganizationReference.IdOf(call, call.Value(name)!)), name: null));
    }

    /// <summary><c>hoop admin update quotas ORG KIND=N…</c>: PUT /api/orgs/{id}/quotas.</summary>
    public static Command SetQuotas()
    {
        var name = ResourceList.Name("organization name", "ORG", "Name or id of the organization");
        var set = new Option<string[]>("--set")
        {
            Description = "A limit, repeatable: KIND=N, or KIND=default for the gateway's own; what is not named stays",
            HelpName = "KIND=N",
            Required = true,
            Arity = ArgumentArity.OneOrMore,
        };
        return new Verb("quotas", "Set limits of an organization; for the operator", "quota") { name, set }.With("""
            hoop admin update quotas acme --set agents=500 --set mappings=default
            """).Showing(Formats.All).For("PUT /api/orgs/{id:uuid}/quotas").Does(async call =>
        {
            var body = new Dictionary<string, long?>(StringComparer.Ordinal);
            foreach (var pair in call.Value(set) ?? [])
            {
                var parts = pair.Split('=', 2);
                if (parts is not [{ Length: > 0 } kind, var most]
                    || (most != "default" && !long.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                {
                    throw new CliFailure($"--set {pair}: write KIND=N with a whole number, or KIND=default");
                }

                body[kind] = most == "default" ? null : long.Parse(most, CultureInfo.InvariantCulture);
            }

            var id = await OrganizationReference.IdOf(call, call.Value(name)!);
            await call.ShowAnswer(ListingOf(id), await call.Api.Do(hoop => hoop.Organizations.SetQuotas(id, body, call.Stop)));
        });
    }

    private static Listing ListingOf(Guid id) => new(
        "quota", async (hoop, _, stop) => (await hoop.Organizations.GetQuotas(id, stop)).Raw, rows => Task.FromResult(Of(rows)))
    {
        Key = "kind",
        Paging = [],
    };

    private static Table Of(IReadOnlyList<JsonElement> quotas)
    {
        var table = new Table("KIND", "MOST", "SOURCE");
        foreach (var quota in quotas)
        {
            table.Add(quota.Text("kind"), quota.Text("most"), quota.Text("source"));
        }

        return table;
    }
}
