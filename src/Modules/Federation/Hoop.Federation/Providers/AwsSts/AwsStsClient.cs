using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Hoop.Federation.Minting;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>AWS's token service, through AWS's own library without its retries: the loop here is the only one.</summary>
internal sealed class AwsStsClient(FederationOptions options, TimeProvider clock, ILogger<AwsStsClient> logger) : IDisposable
{
    private static readonly TimeSpan ExpirySlack = TimeSpan.FromSeconds(60);

    private readonly AwsHttp _http = new();

    [Effect("mints")]
    public async Task<Result<AwsCredentials>> Assume(
        string region, string role, string sessionName, GatewayToken token, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        using var client = Client(region);
        using var total = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        total.CancelAfter(options.MintLimit);
        var started = clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var (credentials, refusal) = await Attempt(client, role, sessionName, token, lifetime, total.Token);
            cancellationToken.ThrowIfCancellationRequested();
            if (refusal is null)
            {
                return credentials!;
            }

            var pause = RetryPause.After(refusal, attempt);
            if (pause is null || clock.GetElapsedTime(started) + pause >= options.MintLimit)
            {
                logger.LogInformation("AWS refused {Role}: {Code} after {Attempts} attempts", role, refusal.Error.Code, attempt);
                return refusal.Error with { Message = $"assuming \"{role}\" failed: {refusal.Error.Message}" };
            }

            await Task.Delay(pause.Value, clock, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(AwsCredentials? Credentials, GoogleRefusal? Refusal)> Attempt(
        AmazonSecurityTokenServiceClient client, string role, string sessionName, GatewayToken token, TimeSpan lifetime,
        CancellationToken total)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(total);
        limit.CancelAfter(options.AttemptLimit);
        var asked = clock.GetUtcNow();
        try
        {
            var answer = await client.AssumeRoleWithWebIdentityAsync(
                new AssumeRoleWithWebIdentityRequest
                {
                    RoleArn = role,
                    RoleSessionName = sessionName,
                    WebIdentityToken = token.Value,
                    DurationSeconds = (int)lifetime.TotalSeconds,
                },
                limit.Token);
            return Checked(answer, token, asked, lifetime) is { } credentials
                ? (credentials, null)
                : (null, AwsRefusals.Invalid("AWS's answer lacks a part of the credentials, or states an expiry that was not asked for"));
        }
        catch (Exception exception)
        {
            return (null, AwsRefusals.From(exception));
        }
    }

    private AwsCredentials? Checked(AssumeRoleWithWebIdentityResponse answer, GatewayToken token, DateTimeOffset asked, TimeSpan lifetime)
    {
        if (answer.Credentials is not
            { AccessKeyId.Length: > 0, SecretAccessKey.Length: > 0, SessionToken.Length: > 0, Expiration: { } end }
            || string.IsNullOrEmpty(answer.AssumedRoleUser?.Arn))
        {
            return null;
        }

        var expires = new DateTimeOffset(end.ToUniversalTime());
        return expires > clock.GetUtcNow() && expires <= asked + lifetime + ExpirySlack
            ? new AwsCredentials(
                answer.Credentials.AccessKeyId, answer.Credentials.SecretAccessKey, answer.Credentials.SessionToken,
                answer.AssumedRoleUser.Arn, token, expires)
            : null;
    }

    // Neither the profile nor the variables of whoever runs the gateway say anything here.
    private AmazonSecurityTokenServiceClient Client(string region) => new(
        new AnonymousAWSCredentials(),
        new AmazonSecurityTokenServiceConfig
        {
            ServiceURL = options.AwsStsEndpoint?.AbsoluteUri
                ?? $"https://sts.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}",
            AuthenticationRegion = region,
            DefaultConfigurationMode = DefaultConfigurationMode.Standard,
            MaxErrorRetry = 0,
            HttpClientFactory = _http,
        });
}

/// <param name="AssumedRole">The ARN of the session.</param>
internal sealed record AwsCredentials(
    string AccessKeyId, string SecretAccessKey, string SessionToken, string AssumedRole, GatewayToken Identity, DateTimeOffset ExpiresAt)
    : IExpiring
{
    /// <summary>The credentials are not printed.</summary>
    public override string ToString() => $"{nameof(AwsCredentials)} {{ AssumedRole = {AssumedRole} }}";
}
