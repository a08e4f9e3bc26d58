using System.Net;
using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Secrets;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>Opens what an issuer's row says about introspection.</summary>
internal sealed class IntrospectionSource(OutboundHttp http, TimeProvider clock, ILogger<IntrospectionEndpoint> logger)
{
    /// <summary>Null when the issuer cannot be asked.</summary>
    public IntrospectionEndpoint? Open(IssuerSettings settings, IssuerSecrets secrets, OutboundOptions outbound) =>
        settings is { IntrospectionUrl: { } url, IntrospectionClientId: { } client }
            ? new IntrospectionEndpoint(http, new Uri(url), client, secrets.Introspection, outbound, clock, logger)
            : null;
}

/// <summary>
/// Where an issuer tells about its opaque tokens (RFC 7662). Strangers can make the gateway ask, so calls in flight are bounded
/// (<see cref="IntrospectionSlots"/>), and where it was not reached nobody asks for a moment; what a stranger's token met keeps only
/// those from asking who came with such tokens.
/// </summary>
/// <param name="secret">Null when the stored one does not open here: then nothing is asked.</param>
internal sealed class IntrospectionEndpoint(
    OutboundHttp http, Uri url, string clientId, SecretText? secret, OutboundOptions outbound, TimeProvider clock, ILogger logger)
{
    private const int MaxBytes = 64 * 1024;

    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    // The operator is told of refused credentials at most so often; every token asks.
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);

    private readonly OutboundOptions _options = outbound with
    {
        Bearer = null, MaxRedirects = 0, MaxBytes = MaxBytes, Timeout = TimeSpan.FromSeconds(5), ConnectTimeout = TimeSpan.FromSeconds(3),
        ReadsBadRequests = true,
    };

    private readonly IntrospectionSlots _slots = new(clock);
    private long _restsUntil = clock.GetTimestamp();
    private long _suspectsRestUntil = clock.GetTimestamp();
    private long _remindsAt = clock.GetTimestamp();

    /// <summary>The address has shown what is no active token.</summary>
    public void Suspect(IPAddress? source) => _slots.Suspect(source);

    /// <summary>The answer, unread. A refusal says nothing about the token: the provider could not be asked.</summary>
    /// <param name="token">As it was presented.</param>
    /// <param name="wasActive">It was active lately: strangers' tokens do not stand in its way.</param>
    /// <param name="source">Where it comes from; null when nobody presents it.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public async Task<Verdict<IntrospectionAnswer>> Ask(
        string token, bool wasActive, IPAddress? source, CancellationToken cancellationToken)
    {
        if (secret is null)
        {
            return NotNow("the stored introspection_secret does not open with the keys of this gateway");
        }

        var now = clock.GetTimestamp();
        if (now < Volatile.Read(ref _restsUntil)
            || (now < Volatile.Read(ref _suspectsRestUntil) && !wasActive && _slots.IsSuspect(source)))
        {
            return NotNow("the introspection endpoint failed a moment ago");
        }

        using var slot = _slots.Take(wasActive, source);
        if (slot is null)
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
        return (await http.Post(url, form, _options, cancellationToken)).Succeeded(out var fetched, out var error)
            ? fetched.Status == (int)HttpStatusCode.OK ? new IntrospectionAnswer(fetched.Body) : Refused(fetched)
            : Failed(error, wasActive, source);
    }

    private Refusal Failed(Error error, bool wasActive, IPAddress? source)
    {
        if (error.Code == OutboundErrors.CredentialsRefused)
        {
            return Credentials(error.Message);
        }

        // A status may be about this one token, and so may everything that a stranger's leads to: it must not hold up who is known.
        if (error.Code is OutboundErrors.Unreachable or OutboundErrors.TimedOut)
        {
            var until = clock.GetTimestamp() + (long)(Rest.TotalSeconds * clock.TimestampFrequency);
            Volatile.Write(ref wasActive ? ref _restsUntil : ref _suspectsRestUntil, until);
            if (!wasActive)
            {
                _slots.Suspect(source);
            }
        }

        return NotNow(error.Message);
    }

    /// <summary>
    /// 400: it does not take this text for a token, which is as good as not active (RFC 7662 section 2.2 knows no other answer about a
    /// token), or, by RFC 6749 section 5.2, it does not know the gateway.
    /// </summary>
    private Verdict<IntrospectionAnswer> Refused(Fetched answer) => ErrorOf(answer.Body) is "invalid_client" or "unauthorized_client"
        ? Credentials("the introspection endpoint answered 400 and invalid_client or unauthorized_client")
        : new IntrospectionAnswer(IntrospectionAnswer.Inactive);

    private Refusal Credentials(string reason)
    {
        var (now, due) = (clock.GetTimestamp(), Volatile.Read(ref _remindsAt));
        var next = now + (long)(Reminder.TotalSeconds * clock.TimestampFrequency);
        if (now >= due && Interlocked.CompareExchange(ref _remindsAt, next, due) == due)
        {
            logger.LogError(
                "The issuer does not let this gateway ask about opaque tokens, so none is taken: are introspection_client_id ({Client}) and introspection_secret right? {Reason}",
                clientId,
                reason);
        }

        return NotNow(reason);
    }

    private static string? ErrorOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(ByteOrderMark.Skip(body), new JsonDocumentOptions { MaxDepth = CompactJws.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.String ? error.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Refusal NotNow(string reason) => new(TokenRefusalCodes.Busy, reason);
}

/// <param name="Body">As it came.</param>
internal sealed record IntrospectionAnswer(ReadOnlyMemory<byte> Body)
{
    public static readonly ReadOnlyMemory<byte> Inactive = """{"active":false}"""u8.ToArray();
}
