using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Federation;

/// <summary>Cloud accounts and the users to whom they belong.</summary>
internal static class PrincipalCommands
{
    private static readonly Listing Listing = Listing.Of(
        "principal", (hoop, query) => hoop.Federation.ListPrincipals(query.PageSize), Of) with
    {
        Key = "principal",
    };

    public static Command Get() => new Verb("principals", "Cloud accounts that belong to a user, and to whom", "principal").With("""
            hoop admin get principals
            """).Showing(Formats.All).For("GET /api/federation/principals").Does(call => call.Show(Listing, name: null));

    public static Command Release()
    {
        var name = ResourceList.Name("principal", "PRINCIPAL", "The account, such as alice@my-proj.iam.gserviceaccount.com");
        return new Verb("principal", "Let an account belong to nobody; the next user whom a policy leads to it owns it", "principals")
        {
            name,
        }.With("""
            hoop admin release principal alice@my-proj.iam.gserviceaccount.com
            """).Showing(Formats.Named).For("DELETE /api/federation/principals/{principal}").Does(async call =>
        {
            var principal = call.Value(name)!;
            var answer = await call.Api.Do(hoop => hoop.Federation.ReleasePrincipal(Api.Name(principal), call.Stop));
            call.Done(answer, "principal", principal, "released");
        });
    }

    private static Table Of(IReadOnlyList<JsonElement> principals)
    {
        var table = new Table("PRINCIPAL", "OWNER", "OWNER_ID", "CREATED_AT");
        foreach (var one in principals)
        {
            table.Add(one.Text("principal"), one.Text("owner"), one.Text("owner_id"), one.Text("created_at"));
        }

        return table;
    }
}
