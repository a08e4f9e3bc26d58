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
        return new Verb("serviceaccounts", "Service accounts", "serviceaccount", "sa") { subject }.With("""
            hoop admin get serviceaccounts
            hoop admin get sa 3f1c0a0e-ci -o json
            """)
            .Does(call => call.Show(
                "/api/serviceaccounts", "serviceaccount", call.Value(subject), accounts => Task.FromResult(Of(accounts))));
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
