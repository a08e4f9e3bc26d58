using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.ServiceAccounts;

/// <summary><c>hoop admin delete serviceaccount SUBJECT</c>: DELETE /api/serviceaccounts?subject=.</summary>
internal static class DeleteServiceAccount
{
    public static Command Command()
    {
        var subject = ResourceList.Name("subject", "SUBJECT", "Subject of the account");
        var issuer = AccountReference.IssuerOption();
        return new Verb("serviceaccount", "Delete a service account", "serviceaccounts", "sa") { subject, issuer }.With("""
            hoop admin delete serviceaccount 3f1c0a0e-ci
            hoop admin delete serviceaccount -- -a-subject-that-begins-with-a-dash
            """)
            .Showing(Formats.Named).For("DELETE /api/serviceaccounts", "DELETE /api/serviceaccounts/{**subject}")
            .Does(call => new AccountReference(call.Value(subject)!, call.Value(issuer)).Delete(call));
    }
}
