using System.Net;
using System.Text.Json;
using Google;
using Google.Apis.Auth.OAuth2.Responses;

namespace Hoop.Federation.Minting;

/// <summary>From whatever Google or the network did to one stable code. The codes are API; Google's wording is passed on, its bodies are not.</summary>
internal static class GoogleRefusals
{
    public const string PrincipalDenied = "principal_denied";
    public const string PrincipalNotFound = "principal_not_found";
    public const string AdminCredentialsRejected = "admin_credentials_rejected";
    public const string RateLimited = "rate_limited";
    public const string Unavailable = "upstream_unavailable";
    public const string InvalidAnswer = "upstream_invalid";

    private const int MaxWords = 500;

    /// <summary>Only "this account does not exist or may not be used" may lead to the fallback; never a fault, a quota or a broken setting.</summary>
    public static bool AllowsFallback(string code) => code is PrincipalDenied or PrincipalNotFound;

    /// <summary>Null for an exception that is not about the outside world.</summary>
    public static Error? From(Exception exception) => exception switch
    {
        GoogleApiException api when (int)api.HttpStatusCode is >= 200 and < 300 => Invalid("Google's answer could not be read"),
        GoogleApiException api => Api(api.HttpStatusCode, Details.Of(api.Error?.ErrorResponseContent)),
        TokenResponseException token => Token(token),
        TruncatedAnswerException or Newtonsoft.Json.JsonException or JsonException or FormatException => Invalid("Google's answer came incomplete or could not be read"),
        HttpRequestException or IOException => Error.Unavailable("Google could not be reached", Unavailable),
        OperationCanceledException => Error.Unavailable("Google did not answer in time", Unavailable),
        _ => null,
    };

    public static Error Invalid(string message) => Error.Unavailable(message, InvalidAnswer);

    private static Error Api(HttpStatusCode status, Details details) => (int)status switch
    {
        401 => Error.Unavailable($"Google rejected the admin credentials{details.Words}", AdminCredentialsRejected),
        403 when details.Reason == "SERVICE_DISABLED" =>
            Error.Unavailable($"the IAM Service Account Credentials API is not enabled in the admin account's project{details.Words}", "api_disabled"),
        403 when details.Reason is null or "IAM_PERMISSION_DENIED" =>
            Error.Denied($"the account does not exist, or the admin account lacks the role Service Account Token Creator on it{details.Words}", PrincipalDenied),
        403 => Error.Unavailable($"Google refused the admin credentials{details.Words}", AdminCredentialsRejected),
        404 => Error.Denied($"the account does not exist{details.Words}", PrincipalNotFound),
        429 => Error.Unavailable($"the quota of Google's API is used up{details.Words}", RateLimited),
        >= 500 => Error.Unavailable($"Google's API failed with status {(int)status}", Unavailable),
        _ => Error.Invalid($"Google refused the request: lifetime, scope or account name{details.Words}", "invalid_request"),
    };

    private static Error Token(TokenResponseException exception) => (int?)exception.StatusCode switch
    {
        429 => Error.Unavailable("the quota of Google's token endpoint is used up", RateLimited),
        >= 500 => Error.Unavailable($"Google's token endpoint failed with status {(int)exception.StatusCode!}", Unavailable),
        >= 300 and < 500 => Error.Unavailable(
            $"Google rejected the admin credentials: {Clean(exception.Error?.Error)} {Clean(exception.Error?.ErrorDescription)}".TrimEnd(), AdminCredentialsRejected),
        _ => Invalid("the answer of Google's token endpoint could not be read"),
    };

    private static string Clean(string? text) =>
        string.Concat((text ?? "").Take(MaxWords).Select(character => char.IsControl(character) ? ' ' : character));

    /// <summary>google.rpc.Status: its message, and the reason of its ErrorInfo. An HTML page has neither.</summary>
    private readonly record struct Details(string? Message, string? Reason)
    {
        public string Words => Message is null ? "" : $" (Google: {Message})";

        public static Details Of(string? body)
        {
            try
            {
                using var document = JsonDocument.Parse(body ?? "");
                var error = document.RootElement.GetProperty("error");
                return new Details(Clean(error.GetProperty("message").GetString()), ReasonOf(error));
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                return default;
            }
        }

        private static string? ReasonOf(JsonElement error)
        {
            if (!error.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            foreach (var detail in details.EnumerateArray())
            {
                if (detail.ValueKind == JsonValueKind.Object && detail.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String)
                {
                    return reason.GetString();
                }
            }

            return null;
        }
    }
}
