using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Hoop.StandIns;

/// <summary>Google's error bodies: <c>google.rpc.Status</c> as JSON for APIs, RFC 6749 section 5.2 for the token endpoint.</summary>
internal static class GoogleAnswers
{
    private const string CredentialsApi = "iamcredentials.googleapis.com";

    public static Task PermissionDenied(HttpContext context) => Refuse(
        context, 403, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        Info("IAM_PERMISSION_DENIED", "iam.googleapis.com", ("permission", "iam.serviceAccounts.getAccessToken")));

    public static Task ScopeInsufficient(HttpContext context) => Refuse(
        context, 403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.",
        Info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", ("service", CredentialsApi),
            ("method", "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken")));

    public static Task ServiceDisabled(HttpContext context, string project)
    {
        var url = $"https://console.developers.google.com/apis/api/{CredentialsApi}/overview?project={project}";
        var help = new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.Help",
            ["links"] = new JsonArray(new JsonObject { ["description"] = "Google developers console API activation", ["url"] = url }),
        };
        return Refuse(
            context, 403, "PERMISSION_DENIED",
                $"IAM Service Account Credentials API has not been used in project {project} before or it is disabled. Enable it by visiting {url} then retry.",
            help, Info("SERVICE_DISABLED", "googleapis.com", ("service", CredentialsApi), ("consumer", "projects/" + project)));
    }

    public static Task NotFound(HttpContext context, string principal) =>
        Refuse(context, 404, "NOT_FOUND", $"Not found; Gaia id not found for email {principal}");

    public static Task InvalidArgument(HttpContext context, string field, string description) => Refuse(
        context, 400, "INVALID_ARGUMENT", "Request contains an invalid argument.",
        new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
            ["fieldViolations"] = new JsonArray(new JsonObject { ["field"] = field, ["description"] = description }),
        });

    public static Task Unauthenticated(HttpContext context, string reason)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        return Refuse(
            context, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials. Expected OAuth 2 access token.",
            Info(reason, "googleapis.com", ("service", CredentialsApi),
                ("method", "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken")));
    }

    public static Task PerimeterViolation(HttpContext context) => Refuse(
        context, 403, "PERMISSION_DENIED", "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: 3xAmPLe_1d",
        new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.PreconditionFailure",
            ["violations"] = new JsonArray(new JsonObject { ["type"] = "VPC_SERVICE_CONTROLS", ["description"] = "3xAmPLe_1d" }),
        });

    public static Task SecurityPolicyViolated(HttpContext context) => Refuse(
        context, 403, "PERMISSION_DENIED", "Request is prohibited by organization's policy.",
        Info("SECURITY_POLICY_VIOLATED", "googleapis.com", ("service", CredentialsApi), ("uid", "3xAmPLe_1d")));

    public static Task OtherPermissionDenied(HttpContext context) => Refuse(
        context, 403, "PERMISSION_DENIED", "Caller does not have required permission to use project my-proj.",
        Info("IAM_PERMISSION_DENIED", "iam.googleapis.com", ("permission", "serviceusage.services.use")));

    public static Task PermissionDeniedWithoutDetails(HttpContext context) =>
        Refuse(context, 403, "PERMISSION_DENIED", "The caller does not have permission");

    public static Task RateLimited(HttpContext context) => Refuse(
        context, 429, "RESOURCE_EXHAUSTED",
            "Quota exceeded for quota metric 'Generate credentials request' of service 'iamcredentials.googleapis.com'.",
        Info("RATE_LIMIT_EXCEEDED", "googleapis.com", ("service", CredentialsApi),
            ("quota_limit", "GenerateCredentialsRequestPerMinutePerProject")));

    public static Task InternalError(HttpContext context) => Refuse(context, 500, "INTERNAL", "Internal error encountered.");

    public static Task Unavailable(HttpContext context) => Refuse(context, 503, "UNAVAILABLE", "The service is currently unavailable.");

    public static Task GatewayTimeout(HttpContext context) => Refuse(context, 504, "DEADLINE_EXCEEDED", "Deadline exceeded.");

    public static Task Html(HttpContext context, int status, string title, string text) =>
        Plain(context, status, "text/html; charset=UTF-8", $"<!DOCTYPE html>\n<html lang=en>\n<title>{title}</title>\n<p>{text}</p>\n");

    /// <summary>Any text with any status.</summary>
    public static Task Plain(HttpContext context, int status, string? contentType, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>An error of the token endpoint.</summary>
    public static Task RefuseGrant(HttpContext context, string error, string description) =>
        Write(context, 400, new JsonObject { ["error"] = error, ["error_description"] = description });

    public static Task Write(HttpContext context, int status, JsonObject body)
    {
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=UTF-8";
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static Task Refuse(HttpContext context, int code, string status, string message, params JsonObject[] details)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message, ["status"] = status };
        if (details.Length > 0)
        {
            error["details"] = new JsonArray([.. details]);
        }

        return Write(context, code, new JsonObject { ["error"] = error });
    }

    private static JsonObject Info(string reason, string domain, params (string Name, string Value)[] metadata)
    {
        var members = new JsonObject();
        foreach (var (name, value) in metadata)
        {
            members[name] = value;
        }

        return new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
            ["reason"] = reason,
            ["domain"] = domain,
            ["metadata"] = members
        };
    }
}
