using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Sealing;

/// <param name="Keys">From <c>HOOP_ENCRYPTION_KEY</c>; empty when the key file is to be used.</param>
/// <param name="KeyFile">Where the key file is or will be.</param>
internal sealed record SealingOptions(IReadOnlyList<SealingKey> Keys, string KeyFile)
{
    public static SealingOptions From(IConfiguration configuration) => new(
        SealingKey.ParseRing(configuration.Secret("HOOP_ENCRYPTION_KEY")),
        Path.Combine(configuration.DataDirectory(), "encryption-key"));
}
