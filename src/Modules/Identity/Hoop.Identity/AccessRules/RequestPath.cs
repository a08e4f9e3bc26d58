namespace Hoop.Identity.AccessRules;

/// <summary>What policies know of requests: the path, the operation, and which paths want <c>sudo</c>.</summary>
internal static class RequestPath
{
    private const string Base = "/v1/";

    /// <summary>The path as policies spell it, or null outside of <c>/v1</c>.</summary>
    public static string? Of(string path) =>
        path.StartsWith(Base, StringComparison.Ordinal) && path.Length > Base.Length ? path[Base.Length..] : null;

    /// <summary>Vault's root-protected paths, of those that are served here.</summary>
    public static bool NeedsSudo(string path) =>
        path.TrimEnd('/') is "auth/token/accessors" or "auth/token/revoke-orphan"
        || path.StartsWith("auth/token/revoke-orphan/", StringComparison.Ordinal)
        || path.StartsWith("sys/auth/", StringComparison.Ordinal);

    /// <summary>The capability that an operation needs; null for one that Vault does not know.</summary>
    public static Capabilities? Needs(string operation) => operation switch
    {
        "create" => Capabilities.Create,
        "read" => Capabilities.Read,
        "update" => Capabilities.Update,
        "delete" => Capabilities.Delete,
        "list" => Capabilities.List,
        "patch" => Capabilities.Patch,
        "sudo" => Capabilities.Sudo,
        _ => null,
    };
}
