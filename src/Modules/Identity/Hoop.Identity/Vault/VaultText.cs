namespace Hoop.Identity.Vault;

/// <summary>What a caller sent, as an error may repeat it.</summary>
internal static class VaultText
{
    public static string Shorten(string text) => text.Length <= 128 ? text : text[..128];
}
