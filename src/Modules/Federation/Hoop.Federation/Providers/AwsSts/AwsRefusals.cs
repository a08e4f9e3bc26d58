using Amazon.Runtime;
using Hoop.Federation.Minting;
using Hoop.Shared.Text;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>From AWS's error codes to the stable ones. Only a refusal of AWS's own form says anything about a role.</summary>
internal static class AwsRefusals
{
    public const string PrincipalDenied = GoogleRefusals.PrincipalDenied;

    private const int Often = 4;
    private const int MaxWords = 500;

    public static GoogleRefusal Invalid(string message) => new(Error.Unavailable(message, GoogleRefusals.InvalidAnswer), MaxAttempts: 2);

    public static GoogleRefusal From(Exception exception) => exception switch
    {
        AmazonServiceException { ErrorCode.Length: > 0 } refused when (int)refused.StatusCode is >= 400 and < 500 => Of(refused),
        AmazonServiceException refused when (int)refused.StatusCode is >= 500 =>
            new(Error.Unavailable($"AWS failed with status {(int)refused.StatusCode}", GoogleRefusals.Unavailable), Often),
        AmazonServiceException refused when (int)refused.StatusCode is >= 300 =>
            new(Error.Unavailable(
                $"an answer with status {(int)refused.StatusCode} came that is not one of AWS's: a proxy or another server stands between",
                GoogleRefusals.Unavailable)),
        OperationCanceledException => new(Error.Unavailable("AWS did not answer in time", GoogleRefusals.Unavailable), Often),
        HttpRequestException or IOException or AmazonServiceException { InnerException: HttpRequestException or IOException } =>
            new(Error.Unavailable("AWS could not be reached", GoogleRefusals.Unavailable), Often),
        AmazonUnmarshallingException => Invalid("AWS's answer could not be read"),
        _ => Invalid($"AWS's answer could not be read ({exception.GetType().Name})"),
    };

    private static GoogleRefusal Of(AmazonServiceException refused)
    {
        var words = $" (AWS: {refused.ErrorCode}: {Printable.Line(refused.Message ?? "", MaxWords)})";
        return refused.ErrorCode switch
        {
            "AccessDenied" => new(Error.Denied(
                $"the role does not exist, or its trust policy does not let this token in{words}", PrincipalDenied)),
            "InvalidIdentityToken" or "ExpiredTokenException" or "ExpiredToken" or "IDPRejectedClaim" => new(Error.Unavailable(
                $"AWS rejected the gateway's identity token: compare issuer and audience with the identity provider in IAM{words}",
                GoogleRefusals.AdminCredentialsRejected)),
            "IDPCommunicationError" => new(Error.Unavailable(
                $"AWS could not read the gateway's keys: its issuer must be reachable from the internet{words}", GoogleRefusals.Unavailable),
                Often),
            "Throttling" or "ThrottlingException" or "RequestLimitExceeded" =>
                new(Error.Unavailable($"AWS limits the calls{words}", GoogleRefusals.RateLimited), Often),
            "RegionDisabledException" => new(Error.Unavailable($"the region is not enabled in the account{words}", GoogleRefusals.ApiDisabled)),
            _ => new(Error.Invalid($"AWS refused the request: lifetime, role or session name{words}", GoogleRefusals.InvalidRequest)),
        };
    }
}
