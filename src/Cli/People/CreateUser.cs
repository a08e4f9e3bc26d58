using System.CommandLine;
using System.Net;
using Hoop.Cli.CommandLine;
using Hoop.Client;

namespace Hoop.Cli.People;

/// <summary><c>hoop admin create user SUBJECT</c>: POST /api/users. Invites by the subject that the provider gives the person.</summary>
internal static class CreateUser
{
    public static Command Command()
    {
        var subject = ResourceList.Name("subject", "SUBJECT", "The sub claim of the person's tokens; a refused sign-in logs it");
        var name = new Option<string?>("--name") { Description = "Name for people", HelpName = "NAME" };
        var groups = GroupsOption();
        var issuer = new Option<string?>("--issuer") { Description = "The person's identity provider", HelpName = "URL" };
        return new Verb("user", "Invite a person", "users") { subject, name, groups, issuer }.With("""
            hoop admin create user 248289761001 --name "Jane Doe" --groups developers
            """).Showing(Formats.Named).For("POST /api/users").Does(async call =>
        {
            var body = new InvitePersonRequest(
                call.Value(subject), call.Value(issuer), call.Value(name) ?? "", Groups.Named(call.Value(groups)));
            var created = await call.Api.Try(hoop => hoop.People.Invite(body, call.Stop));
            if (created.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure($"user \"{call.Value(subject)}\" is known already ({(int)created.Status}); see hoop admin get users");
            }

            call.Done(created.OrFail(), "user", call.Value(subject)!, "invited");
        });
    }

    public static Option<string[]> GroupsOption() => new("--groups")
    {
        Description = "Groups, separated by commas; repeatable",
        HelpName = "a,b",
        Arity = ArgumentArity.OneOrMore,
    };
}
