using System.CommandLine;
using System.Net;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;
using Hoop.Cli.People;
using Hoop.Client;

namespace Hoop.Cli.ApiTokens;

/// <summary>The organization's API tokens, /api/api-tokens. One's own are under <c>hoop token</c>.</summary>
internal static class ApiTokenCommands
{
    private static readonly Listing Listing = Listing.Of("token", (hoop, query) => hoop.ApiTokens.List(query.PageSize), TableOf);

    public static Command Get()
    {
        var name = ResourceList.OptionalName("Name or id of one token");
        return new Verb("tokens", "API tokens of the organization, without their secrets", "token", "api-tokens", "api-token")
        {
            name,
        }.With("""
            hoop admin get tokens
            hoop admin get token ci -o json
            """).Showing(Formats.All).For("GET /api/api-tokens").Does(async call =>
        {
            if (call.Value(name) is not { } wanted)
            {
                await call.Show(Listing, name: null);
                return;
            }

            await call.ShowOne(Listing, await Find(call, wanted));
        });
    }

    public static Command Create()
    {
        var name = ResourceList.Name("token name", description: "What the token is for; unique in the organization");
        var groups = CreateUser.GroupsOption();
        var within = new Option<string?>("--expires-in") { Description = "How long it holds, such as 24h; without an end it stays", HelpName = "DURATION" };
        var at = new Option<string?>("--expires-at") { Description = "When it ends, such as 2027-01-31T00:00:00Z", HelpName = "TIME" };
        return new Verb("token", "Make an API token of the organization; standard output is the token alone, once", "tokens", "api-token")
        {
            name, groups, within, at,
        }.With("""
            HOOP_TOKEN=$(hoop admin create token ci --groups auditor --expires-in 24h)
            """).For("POST /api/api-tokens").Does(async call =>
        {
            var body = new CreateApiTokenRequest(call.Value(name), Groups.Named(call.Value(groups)), call.Value(within), call.Value(at));
            var answer = await call.Api.Try(hoop => hoop.ApiTokens.Create(body, call.Stop));
            if (answer.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure($"token \"{call.Value(name)}\" exists already ({(int)answer.Status}); delete it first, or take another name");
            }

            if (call.Json)
            {
                call.Raw(answer.OrFail().Text);
                return;
            }

            call.Line(answer.OrFail().Object.Text("token") ?? throw new CliFailure("the gateway answered no token"));
            var end = answer.Object.Text("expires_at");
            call.Note($"token \"{call.Value(name)}\" created; it is shown this once, and {(end is null ? "does not end" : $"ends at {end}")}");
        });
    }

    public static Command Delete()
    {
        var name = ResourceList.Name("token name", description: "Name or id of the token");
        return new Verb("token", "Revoke an API token; it is refused from then on", "tokens", "api-token") { name }.With("""
            hoop admin delete token ci
            """).Showing(Formats.Named).For("DELETE /api/api-tokens/{id:uuid}").Does(async call =>
        {
            var token = await Find(call, call.Value(name)!);
            var answer = await call.Api.Do(hoop => hoop.ApiTokens.Delete(Bodies.Id(token.Text("id")!), call.Stop));
            call.Done(answer, "token", call.Value(name)!, "deleted");
        });
    }

    private static async Task<JsonElement> Find(Call call, string wanted)
    {
        // A person may have a token of the same name; the organization's is meant.
        var found = (await call.Api.Rows(hoop => hoop.ApiTokens.List(pageSize: null), call.Stop))
            .Where(token => token.Text("id") == wanted || token.Text("name") == wanted)
            .OrderBy(token => token.Text("person_id") is not null).FirstOrDefault();
        return found.ValueKind == JsonValueKind.Object ? found : throw ResourceList.Missing("token", wanted);
    }

    private static Table TableOf(IReadOnlyList<JsonElement> tokens)
    {
        var table = new Table("ID", "NAME", "STATUS", "GROUPS", "EXPIRES AT", "LAST USED", "PERSON");
        foreach (var token in tokens)
        {
            table.Add(
                token.Text("id"), token.Text("name"), token.Text("status"), string.Join(", ", token.Texts("groups")),
                token.Text("expires_at"), token.Text("last_used_at"), token.Text("person_id"));
        }

        return table;
    }
}
