using System.CommandLine;
using System.Net;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.ServiceAccounts;

/// <summary>
/// Which account a command is about. A subject is any text of the identity provider (<c>CORP\build</c>, <c>..</c>,
/// <c>https://app.example/</c>), and not every text can stand in a path; <c>?subject=</c> addresses them all.
/// </summary>
/// <param name="Issuer">Null unless accounts of several issuers have the subject.</param>
internal sealed record AccountReference(string Subject, string? Issuer)
{
    public const string Type = "serviceaccount";

    public static Option<string?> IssuerOption() => new("--issuer")
    {
        Description = "Issuer of the account's tokens, when several accounts have this subject",
        HelpName = "ISSUER",
    };

    /// <summary>Null when there is no such account.</summary>
    /// <exception cref="CliFailure">There are several.</exception>
    public async Task<JsonElement?> Find(Call call) => await Accounts(call) switch
    {
        [] => null,
        [var account] => account,
        var several => throw new CliFailure(
            $"serviceaccounts of several issuers have the subject \"{Subject}\": say which with --issuer, one of "
                + string.Join(", ", several.Select(account => account.Text("issuer")))),
    };

    public async Task Put(Call call, UpdateServiceAccountBody body)
    {
        var answer = await call.Api.Try(hoop => hoop.ServiceAccounts.UpdateBySubject(body, Subject, Issuer, call.Stop));
        if (answer.Status == HttpStatusCode.Conflict)
        {
            // The subject is ambiguous, and only the list knows the issuers.
            _ = await Find(call);
        }

        call.Done(answer.OrFail(), Type, Subject, "updated");
    }

    /// <summary>Looks first, so that a subject of several accounts is told with their issuers.</summary>
    public async Task Delete(Call call)
    {
        _ = await Find(call) ?? throw ResourceList.Missing(Type, Subject);
        call.Done(await call.Api.Do(hoop => hoop.ServiceAccounts.DeleteBySubject(Subject, Issuer, call.Stop)), Type, Subject, "deleted");
    }

    private Task<IReadOnlyList<JsonElement>> Accounts(Call call) =>
        call.Api.Rows(hoop => hoop.ServiceAccounts.List(Subject, Issuer, pageSize: null), call.Stop);
}
