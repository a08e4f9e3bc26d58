using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.People;

/// <summary><c>hoop admin get users [ID|EMAIL|SUBJECT]</c>: GET /api/users.</summary>
internal static class GetUsers
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("Id, e-mail address or subject");
        return new Verb("users", "People who sign in", "user") { name }.With("""
            hoop admin get users -q status=inactive
            hoop admin get user jane@example.com
            """).Showing(Formats.All).For("GET /api/users", "GET /api/users/{id:uuid}").Does(async call =>
        {
            if (call.Value(name) is not { } wanted)
            {
                await call.Show(Listing, name: null);
                return;
            }

            var person = await Find(call, wanted);
            if (call.Format is not null || call.Describes)
            {
                await call.ShowOne(Listing, person);
                return;
            }

            call.Labels(
                ("ID", person.Text("id")),
                ("Email", person.Text("email")),
                ("Name", person.Text("name")),
                ("Issuer", person.Text("issuer")),
                ("Subject", person.Text("subject")),
                ("Status", person.Text("status")),
                ("Groups Set", string.Join(", ", person.Texts("set_groups"))),
                ("Groups of Issuer", person.Text("groups_known_at") is null ? "unknown" : string.Join(", ", person.Texts("issuer_groups"))),
                ("Last Sign-in", person.Text("last_sign_in_at")));
        });
    }

    private static readonly Listing Listing = Listing.Of(
        "user",
        (hoop, query) => hoop.People.List(query["email"], query["subject"], query["issuer"], query["status"], query.PageSize),
        TableOf) with
    {
        Key = "id",
        Filters = ["status", "email", "subject", "issuer"],
    };

    /// <summary>The one person with this id, address or subject; whoever was invited has no address yet.</summary>
    /// <exception cref="CliFailure">There is none, or there are several.</exception>
    public static async Task<JsonElement> Find(Call call, string wanted)
    {
        if (Guid.TryParseExact(wanted, "D", out var id))
        {
            return (await call.Api.Find(hoop => hoop.People.Get(id, call.Stop)) ?? throw ResourceList.Missing("user", wanted)).Object;
        }

        var found = await call.Api.Rows(hoop => hoop.People.List(email: wanted, pageSize: null), call.Stop);
        return (found.Count > 0 ? found : await call.Api.Rows(hoop => hoop.People.List(subject: wanted, pageSize: null), call.Stop)) switch
        {
            [] => throw ResourceList.Missing("user", wanted),
            [var one] => one,
            var several => throw new CliFailure(
                $"{several.Count} people are {wanted}; name one by its id: {string.Join(", ", several.Select(one => one.Text("id")))}"),
        };
    }

    private static Table TableOf(IReadOnlyList<JsonElement> people)
    {
        var table = new Table("ID", "EMAIL", "NAME", "STATUS", "GROUPS", "LAST SIGN-IN");
        foreach (var person in people)
        {
            table.Add(
                person.Text("id"), person.Text("email"), person.Text("name"), person.Text("status"),
                string.Join(", ", person.Texts("groups")), person.Text("last_sign_in_at"));
        }

        return table;
    }
}
