using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.People;

/// <summary><c>hoop admin update user ID|EMAIL</c>: PUT /api/users/{id}. What is not named stays.</summary>
internal static class UpdateUser
{
    public static Command Command()
    {
        var name = ResourceList.Name("user", "USER", "Id, or e-mail address");
        var disable = new Option<bool>("--disable") { Description = "Refuse everything that belongs to the person from now on" };
        var enable = new Option<bool>("--enable") { Description = "Let the person in again, with all its tokens" };
        var groups = CreateUser.GroupsOption();
        return new Verb("user", "Switch a person off or on, or set its groups", "users") { name, disable, enable, groups }.With("""
            hoop admin update user jane@example.com --disable
            hoop admin update user jane@example.com --groups developers,auditor
            """).Showing(Formats.Named).For("PUT /api/users/{id:uuid}").Does(async call =>
        {
            if (call.Value(disable) == call.Value(enable) && (call.Value(disable) || !call.Has(groups)))
            {
                throw new CliFailure("say what to change: --disable, --enable or --groups");
            }

            var body = new JsonObject();
            if (call.Value(disable) || call.Value(enable))
            {
                body["status"] = call.Value(disable) ? "inactive" : "active";
            }

            if (call.Has(groups))
            {
                body["groups"] = Groups.Of(call.Value(groups));
            }

            var person = await GetUsers.Find(call, call.Value(name)!);
            var done = call.Value(disable) ? "disabled" : call.Value(enable) ? "enabled" : "updated";
            call.Done(await call.Api.Put($"{GetUsers.Path}/{person.Text("id")}", body, call.Stop), "user", call.Value(name)!, done);
        });
    }
}
