using System.Net;
using System.Text.Json;

namespace Hoop.Cli.Gateway;

/// <summary>Says what the gateway refused, and what to do about it.</summary>
internal static class Refusal
{
    /// <summary>The next step of whoever named a connection that is not there.</summary>
    public const string Connections = "Which there are: hoop admin get connections";

    private const int LongestBody = 500;

    public static CliFailure Of(Answer answer)
    {
        var (message, code) = Read(answer.Text);
        var status = (int)answer.Status;
        if (message is null)
        {
            var body = answer.Text.Length > LongestBody ? answer.Text[..LongestBody] + "…" : answer.Text;
            var elsewhere = $". This is not an answer of a Hoop gateway: is {answer.Address.GetLeftPart(UriPartial.Authority)} the "
                + "right address (HOOP_APIURL)?";
            return answer.Status == HttpStatusCode.TooManyRequests
                ? new CliFailure($"too many requests (429){Later(answer)}")
                : new CliFailure($"failed performing request, status={status}, body={body}{(status < 500 ? elsewhere : "")}");
        }

        return new CliFailure($"{message} ({status}){NextStep(answer, code)}");
    }

    /// <summary>The gateway's message on <paramref name="answer"/> alone.</summary>
    public static string MessageOf(Answer answer) => Read(answer.Text).Message ?? $"status {(int)answer.Status}";

    /// <summary>Nothing is refused: the gateway did not look, and the same call may be made again.</summary>
    public static bool IsForNow(Answer answer) =>
        answer.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    private static string NextStep(Answer answer, string? code) => (answer.Status, code) switch
    {
        (HttpStatusCode.Unauthorized, _) when answer.Token.Contains("hoop login", StringComparison.Ordinal) =>
            $"; this is {answer.Token}. Run: hoop login",
        (HttpStatusCode.TooManyRequests, _) => Later(answer),
        (HttpStatusCode.Unauthorized, _) =>
            $"; this is {answer.Token}. Run: hoop config create --api-url URL --token-file FILE, or set HOOP_TOKEN",
        (HttpStatusCode.Forbidden, "feature_disabled") =>
            ". Run: hoop admin feature-flag enable experimental.iam_federation",
        (HttpStatusCode.Forbidden, _) =>
            ". Who you are: hoop admin get userinfo",
        (HttpStatusCode.NotFound, "connection_not_found") => $". {Connections}",
        (HttpStatusCode.NotFound, "federation_not_configured") =>
            ". An admin sets a policy: hoop admin federation set CONNECTION --file FILE",
        (HttpStatusCode.NotFound, "no_route") =>
            $": the gateway at {answer.Address.GetLeftPart(UriPartial.Authority)} does not know this call; are it and this client of "
                + "one version?",
        (HttpStatusCode.ServiceUnavailable, _) =>
            ". Try again, and see /healthz/ready of the gateway",
        _ => "",
    };

    // The sign-in is good as before: nobody has to sign in again because there were too many requests.
    public static string Later(Answer answer) => answer.RetryAfter switch
    {
        null => ". Try again later",
        { Length: < 10 } seconds when seconds.All(char.IsAsciiDigit) => $". Try again in {seconds} s",
        var date => $". Try again at {date}",
    };

    private static (string? Message, string? Code) Read(string text)
    {
        try
        {
            var body = JsonElement.Parse(text);
            return body.Text("message") is null && body.Texts("errors") is { Count: > 0 } errors
                ? (string.Join("; ", errors), null)
                : (body.Text("message"), body.Text("code"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }
}
