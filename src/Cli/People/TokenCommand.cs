using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;
using Hoop.Client;

namespace Hoop.Cli.People;

/// <summary><c>hoop token</c>: a person's own API tokens, /api/tokens.</summary>
internal static class TokenCommand
{
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
            var body = new CreatePersonalTokenRequest(
                call.Value(name), call.Has(groups) ? Groups.Named(call.Value(groups)) : null, call.Value(ttl));
            var answer = await call.Api.Do(hoop => hoop.PersonalTokens.Create(body, call.Stop));
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
            var person = call.Value(user) is { } other ? (await GetUsers.Find(call, other)).Text("id") : null;
            await call.Show(
                Listing.Of("token", (hoop, query) => hoop.PersonalTokens.List(person, query.PageSize), TableOf), name: null);
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
                : (await call.Api.Rows(hoop => hoop.PersonalTokens.List(pageSize: null), call.Stop))
                    .Where(one => one.Text("name") == wanted).Select(one => one.Text("id")!).FirstOrDefault()
                ?? throw new CliFailure($"you have no token \"{wanted}\"; see hoop token list");
            call.Done(await call.Api.Do(hoop => hoop.PersonalTokens.Delete(Bodies.Id(found), call.Stop)), "token", wanted, "deleted");
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
