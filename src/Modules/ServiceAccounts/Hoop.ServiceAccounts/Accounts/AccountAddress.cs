using Microsoft.AspNetCore.Mvc;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// Which account a call is about. A subject is any text of the identity provider (<c>CORP\build</c>, <c>..</c>, <c>a//b</c>), and not
/// every text can stand in a path: <c>?subject=</c> addresses them all.
/// </summary>
/// <param name="Issuer">Needed only when accounts of several issuers have this subject.</param>
internal sealed record AccountAddress(string Subject, string? Issuer);

/// <summary><c>?subject=</c> and <c>?issuer=</c>.</summary>
internal sealed record AccountQuery(
    [property: FromQuery(Name = "subject")] string? Subject,
    [property: FromQuery(Name = "issuer")] string? Issuer);

internal static class Routes
{
    public const string Group = "/api/serviceaccounts";

    /// <summary>Slashes in the subject are written as they are or as <c>%2F</c>.</summary>
    public const string ByPath = "/{**subject}";
}

/// <summary>Finds the one account that an address means, inside the caller's organization.</summary>
internal sealed class AccountFinder(Db db, ICaller caller)
{
    private const string FindSql = $"""
        SELECT {ServiceAccount.Columns}
        FROM service_accounts.accounts
        WHERE org_id = @OrgId AND subject = @Subject AND (@Issuer::text IS NULL OR issuer = @Issuer)
        ORDER BY issuer
        LIMIT 2
        """;

    public async Task<Result<ServiceAccount>> Find(AccountAddress address, CancellationToken cancellationToken) =>
        await db.Of(caller.OrgId).List<ServiceAccount>(FindSql, new { address.Subject, address.Issuer }, cancellationToken) switch
        {
            [] => ServiceAccountErrors.NotFound,
            [var account] => account,
            _ => ServiceAccountErrors.Ambiguous,
        };
}
