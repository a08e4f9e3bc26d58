using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.ServiceAccounts;

/// <summary><c>hoop admin get serviceaccounts [SUBJECT]</c>: GET /api/serviceaccounts.</summary>
internal static class GetServiceAccounts
{
    public static Command Command()
    {
        var subject = ResourceList.OptionalName("Subject of one account");
        var issuer = AccountReference.IssuerOption();
        return new Verb("serviceaccounts", "Service accounts", "serviceaccount", "sa") { subject, issuer }.With("""
            hoop admin get serviceaccounts
            hoop admin get sa 3f1c0a0e-ci -o json
            """)
            .Showing(Formats.All)
            .For(
                "GET /api/serviceaccounts", "GET /api/serviceaccounts/{**subject}")
            .Does(call => call.Value(subject) is { } one
                ? One(call, new AccountReference(one, call.Value(issuer)))
                : call.Has(issuer)
                    ? throw new CliFailure("--issuer belongs to a subject; a list is filtered with -q issuer=ISSUER")
                    : call.Show(Listing, name: null));
    }

    private static readonly Listing Listing = Listing.Of(
        AccountReference.Type,
        (hoop, query) => hoop.ServiceAccounts.List(query["subject"], query["issuer"], query.PageSize),
        Of) with
    {
        Key = "subject",
        Filters = ["subject", "issuer"],
    };

    private static async Task One(Call call, AccountReference reference)
    {
        var account = await reference.Find(call) ?? throw ResourceList.Missing(AccountReference.Type, reference.Subject);
        await call.ShowOne(Listing, account);
    }

    private static Table Of(IReadOnlyList<JsonElement> accounts)
    {
        var table = new Table("SUBJECT", "NAME", "STATUS", "GROUPS");
        foreach (var account in accounts)
        {
            table.Add(account.Text("subject"), account.Text("name"), account.Text("status"), string.Join(", ", account.Texts("groups")));
        }

        return table;
    }
}
