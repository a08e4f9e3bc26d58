using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.People;

/// <summary><c>hoop admin update user ID|EMAIL|SUBJECT</c>: PUT /api/users/{id}. What is not named stays.</summary>
internal static class UpdateUser
{
    public static Command Command()
    {
        var name = ResourceList.Name("user", "USER", "Id, e-mail address or subject");
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

            var body = new UpdatePersonBody(
                Status: call.Value(disable) ? "inactive" : call.Value(enable) ? "active" : null,
                Groups: call.Has(groups) ? Groups.Named(call.Value(groups)) : null);
            var person = await GetUsers.Find(call, call.Value(name)!);
            var done = call.Value(disable) ? "disabled" : call.Value(enable) ? "enabled" : "updated";
            var answer = await call.Api.Do(hoop => hoop.People.Update(Bodies.Id(person.Text("id")!), body, call.Stop));
            call.Done(answer, "user", call.Value(name)!, done);
        });
    }
}
