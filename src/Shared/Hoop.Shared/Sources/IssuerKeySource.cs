using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Results;
using Hoop.Shared.Text;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Sources;

/// <summary>
/// Opens the keys of issuers of tokens, wherever they are configured. They are refreshed in the background: requests never wait for a
/// provider, apart from one bounded look for an unknown key id.
/// </summary>
public sealed class IssuerKeySource(OutboundHttp http, TimeProvider clock, ILogger<IssuerKeySource> logger)
{
    /// <param name="issuer">As its tokens name it.</param>
    /// <param name="place">Where it is configured, for messages.</param>
    /// <param name="url">Its JWKS; null: found through discovery, unless <paramref name="inline"/> holds it.</param>
    /// <param name="inline">The key set itself.</param>
    /// <param name="outbound">Where it may lead.</param>
    /// <param name="changed">Told of other keys, before whoever waits for them goes on.</param>
    public KeySource<KeyRing> Open(
        string issuer, string place, Uri? url, string? inline, OutboundOptions outbound, Action? changed = null)
    {
        var document = inline is not null ? KeyDocument.FromText(inline)
            : url is not null ? KeyDocument.FromUrl(http, url, outbound)
            : KeyDocument.From(
                DiscoveryOf(issuer).AbsoluteUri, cancellationToken => Discover(issuer, place, outbound, cancellationToken));
        var options = new KeySourceOptions<KeyRing>
        {
            Period = TimeSpan.FromMinutes(5),
            Changed = snapshot =>
            {
                Tell(issuer, snapshot.Value);
                changed?.Invoke();
            },
        };
        return new KeySource<KeyRing>(document, Parse, options, clock, logger);
    }

    /// <summary>OpenID Connect Discovery 1.0 section 4.1.</summary>
    public static Uri DiscoveryOf(string issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration");
    }

    /// <summary>RFC 7517 section 4.2: a key that states a use other than "sig" does not verify signatures.</summary>
    public static Result<KeyRing> Parse(ReadOnlyMemory<byte> json)
    {
        if (!JsonWebKeySet.Parse(json).Succeeded(out var keys, out var error))
        {
            return error;
        }

        return keys.Select(
            key => key.Use is null or "sig" ? null : $"it is for another use ({Printable.Word(key.Use)}), not for signatures");
    }

    private async Task<Result<ReadOnlyMemory<byte>>> Discover(
        string issuer, string place, OutboundOptions outbound, CancellationToken cancellationToken)
    {
        if (!(await http.Get(DiscoveryOf(issuer), outbound, cancellationToken)).Succeeded(out var discovery, out var error)
            || !KeysUrlIn(discovery.Body, issuer, place, outbound).Succeeded(out var url, out error)
            || !(await http.Get(url, outbound, cancellationToken)).Succeeded(out var keys, out error))
        {
            return error;
        }

        return keys.Body;
    }

    // OpenID Connect Discovery 1.0 section 4.3: the issuer of the document must be the one it was asked of.
    private static Result<Uri> KeysUrlIn(ReadOnlyMemory<byte> discovery, string issuer, string place, OutboundOptions outbound)
    {
        try
        {
            using var document = JsonDocument.Parse(
                ByteOrderMark.Skip(discovery), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (root.GetProperty("issuer").GetString() is var named && named != issuer)
            {
                return Error.Invalid(
                    $"the discovery document names the issuer {Printable.Word(named ?? "")}, and {place} is {Printable.Word(issuer)}: they must be the same to the last character",
                    "discovery");
            }

            return OutboundUrl.Parse(root.GetProperty("jwks_uri").GetString() ?? "", outbound);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Error.Invalid("the discovery document is not valid", "discovery");
        }
    }

    private void Tell(string issuer, KeyRing? keys)
    {
        if (keys is { Skipped.Count: > 0 } or { Count: 0 })
        {
            logger.Log(
                keys.Count == 0 ? LogLevel.Warning : LogLevel.Information,
                "Keys of {Issuer}: {Count} can be used; skipped: {Skipped}",
                issuer, keys.Count, keys.Skipped.Count == 0 ? "none" : string.Join("; ", keys.Skipped.Take(10)));
        }
    }
}
