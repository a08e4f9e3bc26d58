using System.Text.Json;
using Hoop.Shared.Text;

namespace Hoop.Federation.Minting;

/// <summary>What Google or the network did, and whether asking again may help.</summary>
/// <param name="MaxAttempts">1 when another attempt cannot change the answer.</param>
/// <param name="RetryAfter">How long the answer asks to wait.</param>
/// <param name="IsOfBearer">The access token of the call was not taken (RFC 6750 section 3.1); a new one may be.</param>
internal sealed record GoogleRefusal(Error Error, int MaxAttempts = 1, TimeSpan? RetryAfter = null, bool IsOfBearer = false);

/// <summary>
/// From whatever Google or the network did to one stable code. The codes are API; Google's wording is passed on, its bodies are not.
/// Only a body of Google's own form says anything about an account: pages of proxies and load balancers have the same status codes.
/// </summary>
internal static class GoogleRefusals
{
    public const string PrincipalDenied = "principal_denied";
    public const string PrincipalNotFound = "principal_not_found";
    public const string AdminCredentialsRejected = "admin_credentials_rejected";
    public const string ApiDisabled = "api_disabled";
    public const string Perimeter = "vpc_service_controls";
    public const string InvalidRequest = "invalid_request";
    public const string RateLimited = "rate_limited";
    public const string Unavailable = "upstream_unavailable";
    public const string InvalidAnswer = "upstream_invalid";

    private const string AccessToken = "iam.serviceAccounts.getAccessToken";
    private const int Often = 4;
    private const int MaxWords = 500;

    /// <summary>
    /// Only "this account does not exist or may not be used" may lead to the fallback; never a fault, a quota or a broken setting.
    /// </summary>
    public static bool AllowsFallback(string code) => code is PrincipalDenied or PrincipalNotFound;

    /// <summary>An answer that should have been a token and is none. Asked for once more.</summary>
    public static GoogleRefusal Invalid(string message) => new(Error.Unavailable(message, InvalidAnswer), MaxAttempts: 2);

    /// <summary>What an exception says about the outside world; null for one that is not known to say anything.</summary>
    public static GoogleRefusal? From(Exception exception) => exception switch
    {
        GoogleRefusedException refused => refused.Refusal,
        HttpRequestException or IOException => new(Error.Unavailable("Google could not be reached", Unavailable), Often),
        OperationCanceledException => new(Error.Unavailable("Google did not answer in time", Unavailable), Often),
        { InnerException: { } inner } => From(inner),
        _ => null,
    };

    /// <summary>A refusal of <c>generateAccessToken</c>: <c>google.rpc.Status</c> as JSON.</summary>
    public static GoogleRefusal OfCredentialsApi(GoogleAnswer answer)
    {
        const string name = "Google's IAM Credentials API";
        using var body = GoogleAnswers.TryObject(answer.Body);
        if (Common(answer, name, body) is { } common)
        {
            return common;
        }

        return StatusOf(body) is { } status
            ? new(OfStatus(answer.Code, status), IsOfBearer: answer.Code == 401)
            : NotGoogles(answer, name);
    }

    /// <summary>A refusal of the token endpoint: RFC 6749 section 5.2, or <c>google.rpc.Status</c> from what stands before it.</summary>
    public static GoogleRefusal OfTokenEndpoint(GoogleAnswer answer)
    {
        const string name = "Google's token endpoint";
        using var body = GoogleAnswers.TryObject(answer.Body);
        if (Common(answer, name, body) is { } common)
        {
            return common;
        }

        if (body is not null && GoogleAnswers.Text(body.RootElement, "error") is { Length: > 0 } error)
        {
            return error is "temporarily_unavailable" or "server_error" or "internal_failure"
                ? new(Error.Unavailable($"{name} failed: {Clean(error)}", Unavailable), Often, answer.RetryAfter)
                : new(Rejected($": {Clean(error)} {Clean(GoogleAnswers.Text(body.RootElement, "error_description"))}".TrimEnd()));
        }

        return StatusOf(body) is not { } status
            ? NotGoogles(answer, name)
            : new(status.IsPerimeter ? OfStatus(answer.Code, status) : Rejected(status.Words));
    }

    /// <summary>What means the same at every endpoint and whatever the body says.</summary>
    private static GoogleRefusal? Common(GoogleAnswer answer, string name, JsonDocument? body) => answer.Code switch
    {
        < 400 =>
            new(
                Error.Unavailable($"{name} answered with a redirect (status {answer.Code}), which is never followed: a proxy or another server stands between", Unavailable)),
        408 or >= 500 => new(
            Error.Unavailable($"{name} failed with status {answer.Code}{StatusOf(body)?.Words}", Unavailable), Often, answer.RetryAfter),
        429 => new(
            Error.Unavailable($"the quota of {name} is used up{StatusOf(body)?.Words}", RateLimited), Often, answer.RetryAfter),
        _ => null,
    };

    private static Error OfStatus(int code, Status status) => code switch
    {
        401 => Rejected(status.Words),
        403 when status.IsPerimeter =>
            Error.Unavailable($"a VPC Service Controls perimeter does not let the gateway's call through{status.Words}", Perimeter),
        403 when status.Reason == "SERVICE_DISABLED" =>
            Error.Unavailable(
                $"the IAM Service Account Credentials API is not enabled in the admin account's project{status.Words}", ApiDisabled),
        403 when status.IsAboutAccount =>
            Error.Denied(
                $"the account does not exist, or the admin account lacks the role Service Account Token Creator on it{status.Words}",
                PrincipalDenied),
        403 => Error.Unavailable($"Google refused the admin account's call{status.Words}", AdminCredentialsRejected),
        404 => Error.Denied($"the account does not exist{status.Words}", PrincipalNotFound),
        _ => Error.Invalid($"Google refused the request: lifetime, scope or account name{status.Words}", InvalidRequest),
    };

    private static Error Rejected(string words) =>
        Error.Unavailable($"Google rejected the admin credentials{words}", AdminCredentialsRejected);

    private static GoogleRefusal NotGoogles(GoogleAnswer answer, string name) => new(Error.Unavailable(
        $"an answer with status {answer.Code} came that is not one of {name} ({answer.MediaType ?? "no content type"}): a proxy or another server stands between", Unavailable));

    private static string Clean(string? text) => Printable.Line(text ?? "", MaxWords);

    /// <summary>Null when the body is not <c>{"error": {"code": number, "message": text, "status": text}}</c>.</summary>
    private static Status? StatusOf(JsonDocument? body)
    {
        if (body is null || GoogleAnswers.Member(body.RootElement, "error") is not { ValueKind: JsonValueKind.Object } error
            || GoogleAnswers.Member(error, "code") is not { ValueKind: JsonValueKind.Number }
            || GoogleAnswers.Text(error, "message") is not { } message || GoogleAnswers.Text(error, "status") is not { } name)
        {
            return null;
        }

        var details = GoogleAnswers.Member(error, "details") is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().ToArray()
            : [];
        var info = details.FirstOrDefault(detail => GoogleAnswers.Text(detail, "reason") is not null);
        var reason = GoogleAnswers.Text(info, "reason");
        var permission = GoogleAnswers.Member(info, "metadata") is { } metadata ? GoogleAnswers.Text(metadata, "permission") : null;
        return new Status(
            Clean(message + ViolationsOf(details)),
            reason,
            IsAboutAccount: name == "PERMISSION_DENIED"
                && (reason == "IAM_PERMISSION_DENIED" ? permission is null or AccessToken : details.Length == 0),
            IsPerimeter: reason == "SECURITY_POLICY_VIOLATED" || details.Any(IsPerimeterViolation));
    }

    // google.rpc.BadRequest: the message alone names neither the field nor what is the matter with it.
    private static string ViolationsOf(JsonElement[] details) => string.Concat(details
        .Select(detail => GoogleAnswers.Member(detail, "fieldViolations"))
        .Where(list => list is { ValueKind: JsonValueKind.Array })
        .SelectMany(list => list!.Value.EnumerateArray())
        .Select(violation => $" {GoogleAnswers.Text(violation, "field")}: {GoogleAnswers.Text(violation, "description")}"));

    // google.rpc.PreconditionFailure
    private static bool IsPerimeterViolation(JsonElement detail) =>
        GoogleAnswers.Member(detail, "violations") is { ValueKind: JsonValueKind.Array } violations
        && violations.EnumerateArray().Any(violation => GoogleAnswers.Text(violation, "type") == "VPC_SERVICE_CONTROLS");

    /// <param name="IsAboutAccount">The right to act as this account is missing, and nothing else is the matter.</param>
    private readonly record struct Status(string Message, string? Reason, bool IsAboutAccount, bool IsPerimeter)
    {
        public string Words => $" (Google: {Message})";
    }
}
