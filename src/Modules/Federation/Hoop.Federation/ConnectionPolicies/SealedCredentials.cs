using Hoop.Shared.Sealing;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>The sealed admin credentials of policies: their purpose, and where they are.</summary>
internal static class SealedCredentials
{
    public static readonly SealPurpose Purpose = new(2);

    public static readonly SealedColumn Column = SealedColumn.Of(
        Purpose, "federation.policies", "credentials_key_id", "credentials_sealed", "connection_id");
}
