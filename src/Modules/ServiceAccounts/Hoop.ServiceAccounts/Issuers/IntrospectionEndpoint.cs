using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Secrets;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>Opens what an issuer's row says about introspection.</summary>
internal sealed class IntrospectionSource(OutboundHttp http, TimeProvider clock)
{
    /// <summary>Null when the issuer cannot be asked.</summary>
    public IntrospectionEndpoint? Open(IssuerSettings settings, IssuerSecrets secrets, OutboundOptions outbound) =>
        settings is { IntrospectionUrl: { } url, IntrospectionClientId: { } client }
            ? new IntrospectionEndpoint(http, new Uri(url), client, secrets.Introspection, outbound, clock)
            : null;
}

/// <summary>
/// Where an issuer tells about its opaque tokens (RFC 7662). Strangers can make the gateway ask, so calls in flight are bounded, and where
/// it was not reached nobody asks for a moment.
/// </summary>
/// <param name="secret">Null when the stored one does not open here: then nothing is asked.</param>
internal sealed class IntrospectionEndpoint(
    OutboundHttp http, Uri url, string clientId, SecretText? secret, OutboundOptions outbound, TimeProvider clock)
{
    public const int AtOnce = 32;
    private const int MaxBytes = 64 * 1024;

    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly OutboundOptions _options = outbound with
    {
        Bearer = null, MaxRedirects = 0, MaxBytes = MaxBytes, Timeout = TimeSpan.FromSeconds(5), ConnectTimeout = TimeSpan.FromSeconds(3),
    };

    private int _inFlight;
    private long _restsUntil = clock.GetTimestamp();

    /// <summary>The answer, unread. A refusal says nothing about the token: the provider could not be asked.</summary>
    public async Task<Verdict<IntrospectionAnswer>> Ask(string token, CancellationToken cancellationToken)
    {
        if (secret is null)
        {
            return NotNow("the stored introspection_secret does not open with the keys of this gateway");
        }

        if (clock.GetTimestamp() < Volatile.Read(ref _restsUntil))
        {
            return NotNow("the introspection endpoint failed a moment ago");
        }

        try
        {
            if (Interlocked.Increment(ref _inFlight) > AtOnce)
            {
                return NotNow("too many tokens are being asked about");
            }

            var form = new OutboundForm(
                new Dictionary<string, SecretText>(StringComparer.Ordinal)
                {
                    ["token"] = new(token), ["token_type_hint"] = new("access_token"),
                },
                clientId,
                secret);
            if ((await http.Post(url, form, _options, cancellationToken)).Succeeded(out var fetched, out var error))
            {
                return new IntrospectionAnswer(fetched.Body);
            }

            // A status may be about this one token, and a stranger's must not hold up the others.
            if (error.Code is OutboundErrors.Unreachable or OutboundErrors.TimedOut)
            {
                Volatile.Write(ref _restsUntil, clock.GetTimestamp() + (long)(Rest.TotalSeconds * clock.TimestampFrequency));
            }

            return NotNow(error.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private static Refusal NotNow(string reason) => new(TokenRefusalCodes.Busy, reason);
}

/// <param name="Body">As it came.</param>
internal sealed record IntrospectionAnswer(ReadOnlyMemory<byte> Body);
