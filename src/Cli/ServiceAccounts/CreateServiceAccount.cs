using System.CommandLine;
using System.Net;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.ServiceAccounts;

/// <summary>
/// <c>hoop admin create serviceaccount SUBJECT</c>: POST /api/serviceaccounts, or PUT ?subject= with <c>--overwrite</c>.
/// <c>--disable</c> of an account that exists switches it off and leaves the rest of it alone.
/// </summary>
internal static class CreateServiceAccount
{
    public static Command Command()
    {
        var subject = ResourceList.Name("subject", "SUBJECT", "The sub claim of its access tokens");
        var name = new Option<string?>("--name") { Description = "Name for people", HelpName = "NAME" };
        var groups = new Option<string[]>("--groups")
        {
            Description = "Groups, separated by commas; repeatable",
            HelpName = "a,b",
            Arity = ArgumentArity.OneOrMore,
        };
        var issuer = AccountReference.IssuerOption();
        var owner = new Option<string?>("--owner") { Description = "Who answers for it", HelpName = "WHO" };
        var expires = new Option<string?>("--expires-at")
        {
            Description = "When its tokens are refused, such as 2027-01-31T00:00:00Z; never takes an end away",
            HelpName = "TIME",
        };
        var disable = new Option<bool>("--disable") { Description = "Refuse its tokens from now on" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the account that exists" };

        return new Verb("serviceaccount", "Let an OAuth 2.0 client use the API", "serviceaccounts", "sa")
        {
            subject, name, groups, issuer, owner, expires, disable, overwrite,
        }.With("""
            hoop admin create serviceaccount 3f1c0a0e-ci --name ci --groups admin
            hoop admin create serviceaccount 3f1c0a0e-ci --name ci --groups devops,ops --overwrite
            hoop admin create serviceaccount 3f1c0a0e-ci --disable
            """)
            .Showing(Formats.Named).For("POST /api/serviceaccounts", "PUT /api/serviceaccounts", "PUT /api/serviceaccounts/{**subject}")
            .Does(async call =>
        {
            var account = new AccountReference(call.Value(subject)!, call.Value(issuer));
            var body = new UpdateServiceAccountBody(
                call.Value(disable) ? "inactive" : "active",
                account.Subject,
                call.Value(name) ?? "",
                Groups.Named(call.Value(groups)),
                call.Value(owner),
                call.Value(expires));
            if (call.Value(overwrite))
            {
                await account.Put(call, body);
                return;
            }

            if (call.Value(disable) && await account.Find(call) is { } existing)
            {
                // PUT replaces the groups, and disabling must not take them away.
                await account.Put(call, body with
                {
                    Groups = call.Has(groups) ? body.Groups : existing.Texts("groups"),
                    Name = call.Has(name) ? body.Name : existing.Text("name") ?? "",
                });
                return;
            }

            var request = new CreateServiceAccountRequest(
                body.Subject, body.Status, body.Name, body.Groups, account.Issuer, body.Owner, body.ExpiresAt);
            var created = await call.Api.Try(hoop => hoop.ServiceAccounts.Create(request, call.Stop));
            if (created.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure(
                    $"serviceaccount \"{account.Subject}\" exists already ({(int)created.Status}); replace it with --overwrite");
            }

            call.Done(created.OrFail(), AccountReference.Type, account.Subject, "created");
        });
    }
}
