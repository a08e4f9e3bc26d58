using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// The provider's keys, refreshed in the background. Requests never wait for the provider, apart from one bounded look for an
/// unknown key id.
/// </summary>
internal sealed class IssuerKeys(
    IssuerOptions options, OutboundHttp http, CoherentMemory memory, TimeProvider clock, ILogger<IssuerKeys> logger)
    : IHostedService, IAsyncDisposable
{
    /// <summary>Changed, on this gateway, when the provider has other keys.</summary>
    public const string Topic = "issuer_keys";

    private readonly KeySource<KeyRing>? _source = !options.Enabled ? null : new(
        Document(options, http),
        Parse,
        new KeySourceOptions<KeyRing>
        {
            Period = TimeSpan.FromMinutes(5),
            Changed = snapshot =>
            {
                Tell(options, snapshot.Value, logger);
                _ = memory.Changed(Topic, "");
            },
        },
        clock,
        logger);

    /// <summary>Null when no provider is configured.</summary>
    public KeySnapshot<KeyRing>? Snapshot => _source?.Snapshot;

    /// <summary>Null while no key is known. The same object as long as the provider's document stays the same.</summary>
    public KeyRing? Ring => Snapshot?.Value;

    /// <summary>The keys after one look at the provider, which is shared and bounded.</summary>
    public async Task<KeyRing?> Refresh(CancellationToken cancellationToken) =>
        _source is null ? null : (await _source.RequestRefresh(cancellationToken)).Value;

    /// <summary>
    /// Waits briefly for the first keys, so that the first token after a start is not refused; a provider that is down does not stop
    /// the start.
    /// </summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        _source is null ? Task.CompletedTask : Task.WhenAny(_source.Start(), Task.Delay(TimeSpan.FromSeconds(2), clock, cancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => _source?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static KeyDocument Document(IssuerOptions options, OutboundHttp http) => options.KeysUrl is { } url
        ? KeyDocument.FromUrl(http, url, IssuerOptions.Outbound)
        : KeyDocument.From(options.DiscoveryUrl.AbsoluteUri, cancellationToken => Discover(options, http, cancellationToken));

    private static async Task<Result<ReadOnlyMemory<byte>>> Discover(
        IssuerOptions options, OutboundHttp http, CancellationToken cancellationToken)
    {
        if (!(await http.Get(options.DiscoveryUrl, IssuerOptions.Outbound, cancellationToken)).Succeeded(out var discovery, out var error)
            || !KeysUrlIn(discovery.Body, options.Issuer).Succeeded(out var url, out error)
            || !(await http.Get(url, IssuerOptions.Outbound, cancellationToken)).Succeeded(out var keys, out error))
        {
            return error;
        }

        return keys.Body;
    }

    // OpenID Connect Discovery 1.0 section 4.3: the issuer of the document must be the one it was asked of.
    private static Result<Uri> KeysUrlIn(ReadOnlyMemory<byte> discovery, string issuer)
    {
        try
        {
            using var document = JsonDocument.Parse(
                ByteOrderMark.Skip(discovery), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (root.GetProperty("issuer").GetString() is var named && named != issuer)
            {
                return Error.Invalid(
                    $"the discovery document names the issuer {Printable.Word(named ?? "")}, and HOOP_OIDC_ISSUER is {Printable.Word(issuer)}: they must be the same to the last character",
                    "discovery");
            }

            return OutboundUrl.Parse(root.GetProperty("jwks_uri").GetString() ?? "", IssuerOptions.Outbound);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Error.Invalid("the discovery document is not valid", "discovery");
        }
    }

    // RFC 7517 section 4.2: a key that states a use other than "sig" does not verify signatures.
    private static Result<KeyRing> Parse(ReadOnlyMemory<byte> json)
    {
        if (!JsonWebKeySet.Parse(json).Succeeded(out var keys, out var error))
        {
            return error;
        }

        return keys.Select(
            key => key.Use is null or "sig" ? null : $"it is for another use ({Printable.Word(key.Use)}), not for signatures");
    }

    private static void Tell(IssuerOptions options, KeyRing? keys, ILogger logger)
    {
        if (keys is { Skipped.Count: > 0 } or { Count: 0 })
        {
            logger.Log(
                keys.Count == 0 ? LogLevel.Warning : LogLevel.Information,
                "Keys of {Issuer}: {Count} can be used; skipped: {Skipped}",
                options.Issuer, keys.Count, keys.Skipped.Count == 0 ? "none" : string.Join("; ", keys.Skipped.Take(10)));
        }
    }
}
