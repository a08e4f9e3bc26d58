namespace Hoop.Identity.Aliases;

/// <summary>
/// What a verified credential is called in the identity store. The service accounts of all issuers are one mount there, where their names
/// begin with the issuer.
/// </summary>
internal static class SignInName
{
    private const string ServiceAccounts = "auth/serviceaccount/";

    public static (string Mount, string Name) Of(Alias alias) => alias.Mount.StartsWith(ServiceAccounts, StringComparison.Ordinal)
        ? (ServiceAccounts, alias.Mount[ServiceAccounts.Length..] + alias.Name)
        : (alias.Mount, alias.Name);
}
