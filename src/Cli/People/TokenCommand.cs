using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.People;

/// <summary><c>hoop token</c>: a person's own API tokens, /api/tokens.</summary>
internal static class TokenCommand
{
    private const string Path = "/api/tokens";

    public static Command Command() => new Verb("token", "Your own API tokens, for your scripts")
    {
        Create(), List(), Delete(), Call.Output, Call.Timeout,
    };

    private static Verb Create()
    {
        var name = ResourceList.Name("name", "NAME", "What the token is for");
        var groups = CreateUser.GroupsOption();
        var ttl = new Option<string?>("--ttl") { Description = "How long it holds, such as 24h; default 720h", HelpName = "DURATION" };
        return new Verb("create", "Make a token; standard output is the token alone, once") { name, groups, ttl }.With("""
            HOOP_TOKEN=$(hoop token create nightly --groups auditor --ttl 24h)
            """).For("POST /api/tokens").Does(async call =>
        {
            var body = new JsonObject { ["name"] = call.Value(name) };
            if (call.Has(groups))
            {
                body["groups"] = Groups.Of(call.Value(groups));
            }

            if (call.Value(ttl) is { } life)
            {
                body["ttl"] = life;
            }

            var answer = await call.Api.Post(Path, body, call.Stop);
            if (call.Json)
            {
                call.Raw(answer.Text);
                return;
            }

            call.Line(answer.Object.Text("token") ?? "");
            call.Note($"token \"{call.Value(name)}\" created; it is shown this once, and ends at {answer.Object.Text("expires_at")}");
        });
    }

    private static Verb List()
    {
        var user = new Option<string?>("--user") { Description = "Those of another person: id or address; for admins", HelpName = "USER" };
        return new Verb("list", "Your tokens, without their secrets") { user }.With("""
            hoop token list
            """).Showing(Formats.All).For("GET /api/tokens").Does(async call =>
        {
            var query = call.Value(user) is { } other ? $"?person_id={(await GetUsers.Find(call, other)).Text("id")}" : "";
            await call.Show(new Listing(Path + query, "token", TableOf), name: null);
        });
    }

    private static Verb Delete()
    {
        var id = ResourceList.Name("token", "ID", "Id of the token, or the name of one of your own");
        return new Verb("delete", "Revoke a token") { id }.With("""
            hoop token delete nightly
            """).Showing(Formats.Named).For("DELETE /api/tokens/{id:uuid}").Does(async call =>
        {
            var wanted = call.Value(id)!;
            var found = Guid.TryParseExact(wanted, "D", out _) ? wanted
                : (await call.Api.Get(Path, call.Stop)).List.Where(one => one.Text("name") == wanted)
                    .Select(one => one.Text("id")!).FirstOrDefault()
                ?? throw new CliFailure($"you have no token \"{wanted}\"; see hoop token list");
            call.Done(await call.Api.Delete($"{Path}/{found}", call.Stop), "token", wanted, "deleted");
        });
    }

    private static Table TableOf(IReadOnlyList<JsonElement> tokens)
    {
        var table = new Table("ID", "NAME", "STATUS", "GROUPS", "EXPIRES AT", "LAST USED");
        foreach (var token in tokens)
        {
            table.Add(
                token.Text("id"), token.Text("name"), token.Text("status"), string.Join(", ", token.Texts("groups")),
                token.Text("expires_at"), token.Text("last_used_at"));
        }

        return table;
    }
}
