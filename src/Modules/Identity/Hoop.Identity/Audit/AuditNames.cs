namespace Hoop.Identity.Audit;

/// <summary>How the audit trail spells actors and actions. Stored and served: the words are API.</summary>
internal static class AuditNames
{
    public static string Of(CallerKind? kind) => kind switch
    {
        null => "gateway",
        CallerKind.Operator => "operator",
        CallerKind.ApiToken => "api_token",
        CallerKind.User => "user",
        CallerKind.ServiceAccount => "service_account",
        CallerKind.Agent => "agent",
        CallerKind.VaultToken => "vault_token",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    public static string Of(AuditAction action) => action switch
    {
        AuditAction.Create => "create",
        AuditAction.Update => "update",
        AuditAction.Delete => "delete",
        AuditAction.Authenticate => "authenticate",
        AuditAction.Test => "test",
        AuditAction.Rotate => "rotate",
        AuditAction.Use => "use",
        AuditAction.Refresh => "refresh",
        AuditAction.Close => "close",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, message: null),
    };

    public static string Of(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Begun => "begun",
        AuditOutcome.Success => "success",
        AuditOutcome.Failure => "failure",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, message: null),
    };
}
