using Hoop.Shared.Sealing;

namespace Hoop.Identity.TokenKeys;

/// <summary>The sealed private halves of signing keys: their purpose, and where they are. A version that has retired has none.</summary>
internal static class SealedSigningKeys
{
    public static readonly SealPurpose Purpose = new(3);

    public static readonly SealedColumn Column = SealedColumn.Of(
        Purpose, "identity.oidc_key_versions", "private_key_id", "private_sealed");

    public static SealPlace Place(Guid orgId, Guid versionId) => new(Purpose, orgId, versionId);
}
