using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.Sessions;

/// <summary>What travels in headers, because a body is the script's or the stream's.</summary>
internal static class SessionHeaders
{
    public const string Id = "X-Hoop-Session-Id";

    public const string Correlation = "X-Hoop-Correlation-Id";

    public const string Rule = "correlation_id (X-Hoop-Correlation-Id): 1 to 255 printable ASCII characters";

    public static string? CorrelationOf(HttpContext context) =>
        context.Request.Headers.TryGetValue(Correlation, out var value) ? value.ToString() : null;

    public static bool IsCorrelationId(string? text) =>
        text is null || (text.Length is > 0 and <= 255 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'));
}

internal static class SessionAudit
{
    /// <summary>The row after a session whose command ran.</summary>
    public static AuditEntry Of(AuditEntry intent, Session session) => intent with
    {
        Fields = new AuditFields(intent.Fields)
        {
            { "connection", session.Connection },
            { "agent_id", session.AgentId },
            { "status", session.Status },
            { "exit_code", session.ExitCode },
            { "resolved_principal", session.ResolvedPrincipal },
            { "fallback_applied", session.FallbackApplied },
            { "bytes_in", session.BytesIn },
            { "bytes_out", session.BytesOut },
        },
        Failure = session.Reason,
    };
}
