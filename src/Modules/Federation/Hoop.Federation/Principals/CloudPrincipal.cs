using Hoop.Shared.Text;

namespace Hoop.Federation.Principals;

/// <summary>
/// A Google service account, <c>id@project.iam.gserviceaccount.com</c>, checked before anything is asked of Google. Only a parser makes
/// one, so no other text reaches a URL.
/// </summary>
internal sealed record CloudPrincipal
{
    private const string Suffix = ".iam.gserviceaccount.com";
    public const int MaxIdLength = 30;
    private const int GoogleMinIdLength = 6;

    private CloudPrincipal(string email, string id) => (Email, Id) = (email, id);

    public string Email { get; }

    public string Id { get; }

    /// <summary>
    /// Google makes no account with an id this short, so the call will probably be refused; see docs/adr/0007-short-account-ids.md.
    /// </summary>
    public bool IsShort => Id.Length < GoogleMinIdLength;

    /// <summary>An account of one of <paramref name="projects"/>, or what is wrong.</summary>
    public static Result<CloudPrincipal> Parse(string text, IReadOnlyList<string> projects)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || !text.EndsWith(Suffix, StringComparison.Ordinal) || at + 1 >= text.Length - Suffix.Length)
        {
            return Error.Invalid(
                $"principal \"{Shown(text)}\" is not a service account: it must look like id@project{Suffix}", "principal_invalid");
        }

        var (id, domain) = (text[..at], text[(at + 1)..]);
        if (!IsAccountId(id))
        {
            return Error.Invalid(
                $"principal \"{Shown(text)}\" has the account id \"{Shown(id)}\", which Google does not allow: 6 to {MaxIdLength} lower-case letters, digits and dashes, the first a letter, the last not a dash; choose another identity_target_template",
                "principal_invalid");
        }

        return projects.Any(project => domain == DomainOf(project))
            ? new CloudPrincipal(text, id)
            : Error.Invalid(
                $"principal \"{Shown(text)}\" is outside the project {string.Join(", ", projects)}; extra_config.allowed_projects lists further ones",
                "principal_outside_project");
    }

    /// <summary>A project id: <c>my-proj</c>, or <c>example.com:my-proj</c> for one that belongs to a domain.</summary>
    public static bool IsProjectId(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? IsBareProjectId(text) : EmailAddress.IsDomain(text[..colon]) && IsBareProjectId(text[(colon + 1)..]);
    }

    public override string ToString() => Email;

    /// <summary>
    /// What follows the <c>@</c> of every account of a project. A domain's project reads <c>my-proj.example.com</c> there.
    /// </summary>
    public static string DomainOf(string project)
    {
        var colon = project.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? project : $"{project[(colon + 1)..]}.{project[..colon]}") + Suffix;
    }

    // Google's rule without its lower limit of six.
    private static bool IsAccountId(string id) =>
        id.Length is > 0 and <= MaxIdLength && char.IsAsciiLetterLower(id[0]) && id[^1] != '-' && id.All(IsIdCharacter);

    private static bool IsBareProjectId(string id) =>
        id.Length is > 0 and <= 63 && char.IsAsciiLetterLower(id[0]) && id[^1] != '-' && id.All(IsIdCharacter);

    private static bool IsIdCharacter(char character) =>
        char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-';

    private static string Shown(string text) => Printable.Line(text, 320).Replace('"', '?');
}
