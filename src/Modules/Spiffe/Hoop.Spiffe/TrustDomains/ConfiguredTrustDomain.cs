using System.Text;
using Hoop.Shared;
using Hoop.Shared.Configuration;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Microsoft.Extensions.Configuration;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// The trust domain of <c>HOOP_SPIFFE_TRUST_DOMAIN</c>. Belongs to the default organization and is changed by a restart only.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">Where its bundle is.</param>
internal sealed record ConfiguredTrustDomain(TrustDomain Name, BundleSource Source)
{
    private static readonly string[] Sources = ["HOOP_SPIFFE_BUNDLE_URL", "HOOP_SPIFFE_BUNDLE_FILE", "HOOP_SPIFFE_BUNDLE_JWKS"];

    public Guid Id { get; } = UuidV5.Create(UuidV5.Url, "trust_domain/" + Name);

    public bool IsFor(Guid orgId, string name) =>
        orgId == DefaultOrganization.Id && string.Equals(name, Name.Name, StringComparison.Ordinal);

    /// <exception cref="ConfigurationException">Name or source are missing or wrong.</exception>
    public static ConfiguredTrustDomain From(IConfiguration configuration)
    {
        var text = configuration.Text("HOOP_SPIFFE_TRUST_DOMAIN")
            ?? throw new ConfigurationException("HOOP_SPIFFE_TRUST_DOMAIN", "is required when HOOP_SPIFFE_MODE is enforce");
        if (!TrustDomain.TryParse(text, out var name, out var reason))
        {
            throw new ConfigurationException("HOOP_SPIFFE_TRUST_DOMAIN", $"{reason} (write the name alone, such as example.org)");
        }

        var given = Sources.Where(variable => configuration.Text(variable) is not null).ToArray();
        if (given.Length != 1)
        {
            throw new ConfigurationException(
                given.Length == 0 ? "HOOP_SPIFFE_BUNDLE_URL" : given[1],
                $"exactly one of {string.Join(", ", Sources)} must be set");
        }

        var value = configuration.Text(given[0])!;
        var source = given[0] switch
        {
            "HOOP_SPIFFE_BUNDLE_URL" => new BundleSource(Url: value),
            "HOOP_SPIFFE_BUNDLE_FILE" => new BundleSource(File: Path.GetFullPath(value)),
            _ => new BundleSource(Jwks: Inline(value)),
        };
        return Problem(name, source) is { } problem
            ? throw new ConfigurationException(given[0], problem)
            : new ConfiguredTrustDomain(name, source);
    }

    // What is on this machine is looked at before the start; a URL may well come up after the gateway does.
    private static string? Problem(TrustDomain name, BundleSource source)
    {
        if (source.Url is { } url)
        {
            return OutboundUrl.Parse(url, SpiffeOptions.Outbound).Error?.Message;
        }

        try
        {
            var document = source.File is { } file ? File.ReadAllBytes(file) : Encoding.UTF8.GetBytes(source.Jwks!);
            return BundleParser.Parse(name, document, DateTimeOffset.UnixEpoch).Error?.Message;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"cannot read the bundle: {exception.Message}";
        }
    }

    // JSON as it is, or in standard base64, because many tools cannot put JSON into an environment variable.
    private static string Inline(string value)
    {
        value = value.TrimStart(ByteOrderMark.Character);
        if (value.StartsWith('{'))
        {
            return value;
        }

        var buffer = new byte[value.Length];
        return Convert.TryFromBase64String(value, buffer, out var length)
            && Encoding.UTF8.GetString(buffer, 0, length).Trim() is ['{', ..] json
            ? json
            : throw new ConfigurationException("HOOP_SPIFFE_BUNDLE_JWKS", "must be a JWKS as JSON, or its base64");
    }
}
