using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.People;

/// <summary><c>hoop admin delete user ID|EMAIL|SUBJECT</c>: DELETE /api/users/{id}.</summary>
internal static class DeleteUser
{
    public static Command Command()
    {
        var name = ResourceList.Name("user", "USER", "Id, e-mail address or subject");
        return new Verb("user", "Delete a person with all its tokens", "users") { name }.With("""
            hoop admin delete user jane@example.com
            """).Showing(Formats.Named).For("DELETE /api/users/{id:uuid}").Does(async call =>
        {
            var person = await GetUsers.Find(call, call.Value(name)!);
            var answer = await call.Api.Do(hoop => hoop.People.Delete(Bodies.Id(person.Text("id")!), call.Stop));
            call.Done(answer, "user", call.Value(name)!, "deleted");
        });
    }
}
