namespace Hoop.Identity.Vault;

/// <summary>
/// The one case rule of the identity store: <c>A</c> to <c>Z</c> equal <c>a</c> to <c>z</c>, and nothing else equals anything else.
/// Rules that know more letters disagree with each other (Kelvin sign, dotless i), and what two rules read differently is an attack
/// (CVE-2025-5999, CVE-2025-6004).
/// </summary>
internal static class AsciiCase
{
    public static string Fold(string text) => text.AsSpan().ContainsAnyInRange('A', 'Z')
        ? string.Create(text.Length, text, static (folded, source) =>
        {
            for (var i = 0; i < folded.Length; i++)
            {
                folded[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
            }
        })
        : text;
}
