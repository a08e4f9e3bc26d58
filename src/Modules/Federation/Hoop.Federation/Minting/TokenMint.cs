using System.Globalization;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;
using Hoop.Federation.Principals;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Minting;

/// <summary>Where a token comes from, and with what it must never be mixed up (CVE-2025-26620): another row, another version of it.</summary>
internal sealed record MintSource(Guid OrgId, Guid ConnectionId, Guid PolicyRevision, Guid CredentialsRevision);

/// <summary>
/// Short-lived access tokens of Google service accounts. Tokens of stored policies are kept warm, for exactly one user's principal, one
/// policy version and one credential version; a dry run never touches what is kept.
/// </summary>
internal sealed class TokenMint : IDisposable
{
    private const int Capacity = 20_000;

    private static readonly TimeSpan ExpirySlack = TimeSpan.FromSeconds(60);

    private readonly WarmTokens<(MintSource Source, string Principal, string Scopes, TimeSpan Lifetime)> _minted;
    private readonly WarmTokens<(Guid OrgId, Guid ConnectionId, Guid CredentialsRevision)> _admins;
    private readonly FederationOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<TokenMint> _logger;
    private readonly GoogleHttp _http = new();
    private readonly IamCredentials _google;

    public TokenMint(FederationOptions options, TimeProvider clock, ILogger<TokenMint> logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _minted = new(clock, Capacity);
        _admins = new(clock, Capacity);
        _google = new IamCredentials(_http, options.IamEndpoint);
    }

    /// <summary>A token for a session of a stored policy, warm when there is one.</summary>
    public Task<Result<Token>> Mint(MintSource source, AdminCredentials admin, CloudPrincipal principal, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var adminKey = (source.OrgId, source.ConnectionId, source.CredentialsRevision);
        return _minted.Get(
            (source, principal.Email, IamCredentials.CloudPlatformScope, lifetime),
            () => Retrying(
                limit => _admins.Get(adminKey, () => Exchange(admin, limit), limit),
                principal,
                lifetime,
                adminRejected: () => _admins.Drop(key => key == adminKey),
                CancellationToken.None),
            cancellationToken);
    }

    /// <summary>A token for a dry run: nothing is kept.</summary>
    public Task<Result<Token>> MintOnce(AdminCredentials admin, CloudPrincipal principal, TimeSpan lifetime, CancellationToken cancellationToken) =>
        Retrying(limit => Exchange(admin, limit), principal, lifetime, adminRejected: static () => { }, cancellationToken);

    /// <summary>Forgets everything that was minted for a connection.</summary>
    public void Drop(Guid orgId, Guid connectionId)
    {
        _minted.Drop(key => key.Source.OrgId == orgId && key.Source.ConnectionId == connectionId);
        _admins.Drop(key => key.OrgId == orgId && key.ConnectionId == connectionId);
    }

    public void Dispose()
    {
        _google.Dispose();
        _http.Dispose();
    }

    /// <summary>The only retry loop: both calls to Google, bounded in number and in total time. Asking twice does no harm.</summary>
    private async Task<Result<Token>> Retrying(
        Func<CancellationToken, Task<Result<Token>>> adminToken, CloudPrincipal principal, TimeSpan lifetime, Action adminRejected, CancellationToken cancellationToken)
    {
        using var total = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        total.CancelAfter(_options.MintLimit);
        var started = _clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var (result, retryAfter) = await Attempt(adminToken, principal, lifetime, total.Token);
            cancellationToken.ThrowIfCancellationRequested();
            if (result.Error is not { } error)
            {
                return result;
            }

            if (error.Code == GoogleRefusals.AdminCredentialsRejected)
            {
                adminRejected();
            }

            var pause = RetryPause.After(error.Code, attempt, retryAfter);
            if (pause is null || _clock.GetElapsedTime(started) + pause >= _options.MintLimit)
            {
                _logger.LogInformation("Google refused a token for {Principal}: {Code} after {Attempts} attempts", principal.Email, error.Code, attempt);
                return error with { Message = $"impersonation of \"{principal.Email}\" failed: {error.Message}" };
            }

            await Task.Delay(pause.Value, cancellationToken);
        }
    }

    private async Task<(Result<Token> Result, TimeSpan? RetryAfter)> Attempt(
        Func<CancellationToken, Task<Result<Token>>> adminToken, CloudPrincipal principal, TimeSpan lifetime, CancellationToken total)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(total);
        limit.CancelAfter(_options.AttemptLimit);
        IamCredentials.GenerateAccessTokenCall? call = null;
        try
        {
            if (!(await adminToken(limit.Token)).Succeeded(out var bearer, out var refused))
            {
                return (refused, null);
            }

            var asked = _clock.GetUtcNow();
            var body = new GenerateAccessTokenRequest([IamCredentials.CloudPlatformScope], string.Create(CultureInfo.InvariantCulture, $"{(int)lifetime.TotalSeconds}s"));
            call = _google.GenerateAccessToken(principal.Email, body, bearer.Value);
            return (Check(await call.ExecuteAsync(limit.Token), asked, lifetime), null);
        }
        catch (Exception exception) when (GoogleRefusals.From(exception) is { } error)
        {
            return (error, call?.RetryAfter);
        }
    }

    /// <summary>Google's own expiry counts; one that is missing, past or later than asked is no answer (CVE-2020-12757).</summary>
    private Result<Token> Check(GenerateAccessTokenResponse answer, DateTimeOffset asked, TimeSpan lifetime)
    {
        if (string.IsNullOrEmpty(answer.AccessToken) || answer.AccessToken.Any(character => character is <= ' ' or > '~'))
        {
            return GoogleRefusals.Invalid("Google's answer holds no token");
        }

        return DateTimeOffset.TryParse(answer.ExpireTime, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var expires)
            && expires > _clock.GetUtcNow() && expires <= asked + lifetime + ExpirySlack
                ? new Token(answer.AccessToken, expires)
                : GoogleRefusals.Invalid("Google's answer states no expiry, a past one, or a later one than was asked");
    }

    /// <summary>The admin key for an access token of the admin account: RFC 7523 section 2.1, through Google's library.</summary>
    private async Task<Result<Token>> Exchange(AdminCredentials admin, CancellationToken cancellationToken)
    {
        using var key = admin.PrivateKey();
        var credential = new ServiceAccountCredential(new ServiceAccountCredential.Initializer(admin.ClientEmail, admin.TokenUri)
        {
            Key = key,
            KeyId = admin.KeyId,
            Scopes = [IamCredentials.CloudPlatformScope],
            HttpClientFactory = _http,
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        });
        using var client = credential.HttpClient;
        var asked = _clock.GetUtcNow();
        if (!await credential.RequestAccessTokenAsync(cancellationToken) || credential.Token?.AccessToken is not { Length: > 0 } token)
        {
            return GoogleRefusals.Invalid("the answer of Google's token endpoint holds no token");
        }

        return new Token(token, asked.AddSeconds(Math.Clamp(credential.Token.ExpiresInSeconds ?? 0, 0, 3600)));
    }
}
