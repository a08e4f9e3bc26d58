using Hoop.Shared.Sealing;

namespace Hoop.Federation.Connections;

/// <summary>The sealed secrets of connections: their purpose, and where they are.</summary>
internal static class SealedSecrets
{
    public static readonly SealPurpose Purpose = new(1);

    public static readonly SealedColumn Column = SealedColumn.Of(Purpose, "federation.connections", "secrets_key_id", "secrets_sealed");
}
