using System.Globalization;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;
using Hoop.Federation.Principals;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Minting;

/// <summary>
/// Where a token comes from, and with what it must never be mixed up (CVE-2025-26620): another row, another version of it.
/// </summary>
internal sealed record MintSource(Guid OrgId, Guid ConnectionId, Guid PolicyRevision, Guid CredentialsRevision);

/// <summary>
/// Short-lived access tokens of Google service accounts. Tokens of stored policies are kept warm, for exactly one user's principal, one
/// policy version and one credential version; a dry run never touches what is kept.
/// </summary>
internal sealed class TokenMint : IDisposable
{
    // At some 2 KiB for each entry.
    private const int Capacity = 20_000;

    /// <summary>A session must still have time to work, and a token of the admin account be taken when it arrives.</summary>
    private static readonly TimeSpan Spare = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ExpirySlack = TimeSpan.FromSeconds(60);

    private readonly WarmTokens<(MintSource Source, string Principal, string Scopes, TimeSpan Lifetime), Token> _minted;
    private readonly WarmTokens<(Guid OrgId, Guid ConnectionId, Guid CredentialsRevision), Token> _admins;
    private readonly FederationOptions _options;
    private readonly IGatewayTokens _gateway;
    private readonly TimeProvider _clock;
    private readonly ILogger<TokenMint> _logger;
    private readonly GoogleHttp _http;
    private readonly IamCredentials _google;

    public TokenMint(FederationOptions options, IGatewayTokens gateway, TimeProvider clock, ILogger<TokenMint> logger)
    {
        (_options, _gateway, _clock, _logger) = (options, gateway, clock, logger);
        _minted = new(clock, Capacity, Spare);
        _admins = new(clock, Capacity, Spare);
        _http = new GoogleHttp(clock);
        _google = new IamCredentials(_http.CredentialsApi, options.IamEndpoint);
    }

    /// <summary>A token for a session of a stored policy, warm when there is one.</summary>
    [Effect("mints")]
    public Task<Result<Token>> Mint(
        MintSource source, AdminCredentials admin, CloudPrincipal principal, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var adminKey = (source.OrgId, source.ConnectionId, source.CredentialsRevision);
        return _minted.Get(
            (source, principal.Email, IamCredentials.CloudPlatformScope, lifetime),
            () =>
            {
                var isWarm = true;
                return Retrying(
                    async limit => (await _admins.Get(adminKey, async () => await Fresh(limit), limit)).Value,
                    principal,
                    lifetime,
                    adminRejected: () =>
                    {
                        _admins.Drop(key => key == adminKey);
                        return isWarm;
                    },
                    CancellationToken.None);

                Task<Token> Fresh(CancellationToken limit)
                {
                    isWarm = false;
                    return Exchange(admin, limit);
                }
            },
            cancellationToken);
    }

    /// <summary>A token for a dry run: nothing is kept beyond this call.</summary>
    [Effect("mints")]
    public Task<Result<Token>> MintOnce(
        AdminCredentials admin, CloudPrincipal principal, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        Token? exchanged = null;
        return Retrying(
            async limit => exchanged ??= await Exchange(admin, limit),
            principal,
            lifetime,
            adminRejected: static () => false,
            cancellationToken);
    }

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

    /// <summary>
    /// The only retry loop: both calls to Google, bounded in number and in total time. Asking twice does no harm, and the admin key is not
    /// exchanged again for it, but for one case: Google no longer takes a kept token of the admin account. That says nothing about the
    /// key.
    /// </summary>
    /// <param name="adminToken">A token of the admin account, or an exception that <see cref="GoogleRefusals.From"/> explains.</param>
    /// <param name="adminRejected">Forgets the admin account's token; true when it was kept from before this call.</param>
    private async Task<Result<Token>> Retrying(
        Func<CancellationToken, Task<Token>> adminToken, CloudPrincipal principal, TimeSpan lifetime, Func<bool> adminRejected,
            CancellationToken cancellationToken)
    {
        using var total = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        total.CancelAfter(_options.MintLimit);
        var started = _clock.GetTimestamp();
        var renewed = false;
        for (var attempt = 1; ; attempt++)
        {
            var (token, refusal) = await Attempt(adminToken, principal, lifetime, total.Token);
            cancellationToken.ThrowIfCancellationRequested();
            if (refusal is not { Error: var error })
            {
                return token!;
            }

            if (error.Code == GoogleRefusals.AdminCredentialsRejected && adminRejected() && refusal.IsOfBearer && !renewed)
            {
                renewed = true;
                continue;
            }

            var pause = RetryPause.After(refusal, attempt);
            if (pause is null || _clock.GetElapsedTime(started) + pause >= _options.MintLimit)
            {
                _logger.LogInformation(
                    "Google refused a token for {Principal}: {Code} after {Attempts} attempts", principal.Email, error.Code, attempt);
                return error with { Message = $"impersonation of \"{principal.Email}\" failed: {error.Message}" };
            }

            await Task.Delay(pause.Value, cancellationToken);
        }
    }

    /// <summary>Exactly one of the two.</summary>
    private async Task<(Token? Token, GoogleRefusal? Refusal)> Attempt(
        Func<CancellationToken, Task<Token>> adminToken, CloudPrincipal principal, TimeSpan lifetime, CancellationToken total)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(total);
        limit.CancelAfter(_options.AttemptLimit);
        try
        {
            var bearer = await adminToken(limit.Token);
            var asked = _clock.GetUtcNow();
            var body = new GenerateAccessTokenRequest(
                [IamCredentials.CloudPlatformScope], string.Create(CultureInfo.InvariantCulture, $"{(int)lifetime.TotalSeconds}s"));
            return (Check(await _google.GenerateAccessToken(principal.Email, body, bearer.Value).ExecuteAsync(limit.Token), asked,
                lifetime), null);
        }
        catch (Exception exception)
        {
            return (null, GoogleRefusals.From(exception) ?? Unknown(exception));
        }
    }

    /// <summary>
    /// Google's library throws more than it documents. Whatever it is, the caller gets a refusal and its row, and the operator the
    /// exception.
    /// </summary>
    private GoogleRefusal Unknown(Exception exception)
    {
        _logger.LogError(exception, "Google's library failed with an exception that is not known");
        return GoogleRefusals.Invalid("Google's answer could not be read");
    }

    /// <summary>Google's own expiry counts; one that is past or later than asked is no answer (CVE-2020-12757).</summary>
    private Token Check(GenerateAccessTokenResponse answer, DateTimeOffset asked, TimeSpan lifetime) =>
        DateTimeOffset.TryParse(
            answer.ExpireTime,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var expires)
        && expires > _clock.GetUtcNow() && expires <= asked + lifetime + ExpirySlack
            ? new Token(answer.AccessToken!, expires)
            : throw new GoogleRefusedException(
                GoogleRefusals.Invalid("Google's answer states no expiry, a past one, or a later one than was asked"));

    private Task<Token> Exchange(AdminCredentials admin, CancellationToken cancellationToken) => admin.External is { } external
        ? ExternalAdmin.Exchange(external, admin.OrgId, _gateway, _http, _google, _clock, cancellationToken)
        : ExchangeKey(admin, cancellationToken);

    /// <summary>The admin key for an access token of the admin account: RFC 7523 section 2.1, through Google's library.</summary>
    private async Task<Token> ExchangeKey(AdminCredentials admin, CancellationToken cancellationToken)
    {
        using var key = admin.PrivateKey();
        var credential = new ServiceAccountCredential(new ServiceAccountCredential.Initializer(admin.ClientEmail, admin.TokenUri)
        {
            Key = key,
            KeyId = admin.KeyId,
            Scopes = [IamCredentials.CloudPlatformScope],
            HttpClientFactory = _http.TokenEndpoint,
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        });
        using var client = credential.HttpClient;
        var asked = _clock.GetUtcNow();
        return await credential.RequestAccessTokenAsync(cancellationToken)
            ? new Token(credential.Token.AccessToken, asked.AddSeconds(credential.Token.ExpiresInSeconds ?? 0))
            : throw new GoogleRefusedException(GoogleRefusals.Invalid("the answer of Google's token endpoint holds no token"));
    }
}
