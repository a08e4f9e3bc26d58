using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.ServiceAccounts;

/// <summary><c>hoop admin delete serviceaccount-rule NAME</c>: DELETE /api/serviceaccounts/rules/{id}.</summary>
internal static class DeleteRule
{
    public static Command Command()
    {
        var name = ResourceList.Name("rule", "NAME", "Name or id of the rule");
        const string Description = "Delete a rule; the accounts that follow from it are refused";
        return new Verb(RuleReference.Type, Description, RuleReference.Aliases) { name }.With("""
            hoop admin delete sa-rule deploy
            """).Showing(Formats.Named).For("DELETE /api/serviceaccounts/rules/{id:uuid}").Does(async call =>
        {
            var id = await RuleReference.IdOf(call, call.Value(name)!);
            var answer = await call.Api.Do(hoop => hoop.Rules.Delete(id, call.Stop));
            call.Done(answer, RuleReference.Type, call.Value(name)!, "deleted");
        });
    }
}
