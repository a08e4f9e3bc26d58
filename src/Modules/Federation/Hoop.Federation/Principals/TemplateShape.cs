using System.Text;

namespace Hoop.Federation.Principals;

/// <summary>Can <c>before + value + after</c> be <c>id@project.iam.gserviceaccount.com</c> for any value at all?</summary>
internal static class TemplateShape
{
    /// <summary>The end of a sentence that begins with the template, or null.</summary>
    public static string? Problem(string before, string placeholder, string after, IReadOnlyList<string> projects)
    {
        if ((before + after).EnumerateRunes().FirstOrDefault(rune => !IsLegal(rune)) is { Value: not 0 } odd)
        {
            return $"holds the character \"{odd}\" (U+{odd.Value:X4}), which no service account has in its name: lower-case letters, digits, dashes, one @ and the dots behind it";
        }

        if (placeholder.Length == 0)
        {
            return CloudPrincipal.Parse(before, projects).Error is { Code: var code } error
                ? (code == "principal_outside_project" ? MustEnd(projects) : $"is without a placeholder, and {error.Message}")
                : null;
        }

        if (before.Contains('@', StringComparison.Ordinal))
        {
            return "has its @ before the placeholder; the project behind the @ must be the same for everybody";
        }

        if (before.Length > 0 && (!char.IsAsciiLetterLower(before[0]) || before.Contains('.', StringComparison.Ordinal)))
        {
            return "must begin with a lower-case letter, and have no dot before the @: so do all account ids";
        }

        var at = after.IndexOf('@', StringComparison.Ordinal);
        return at < 0
            ? ProblemWithoutAt(placeholder, after, projects)
            : ProblemOfId(before, placeholder, after[..at]) ?? ProblemOfDomain(after[(at + 1)..], projects);
    }

    // Then the value brings the @, and the beginning of the project's domain with it.
    private static string? ProblemWithoutAt(string placeholder, string after, IReadOnlyList<string> projects) =>
        placeholder != "{user.email_local}"
            && projects.Select(CloudPrincipal.DomainOf).Any(
                domain => domain.EndsWith(after, StringComparison.Ordinal) && EmailAddress.IsDomain(domain[..^after.Length]))
            ? null
            : MustEnd(projects);

    private static string? ProblemOfId(string before, string placeholder, string after) =>
        placeholder == "{user.email}" ? "puts a second @ behind {user.email}, which is a whole address; {user.email_local} is the part before its @"
        : after.Contains('.', StringComparison.Ordinal) ? "has a dot before the @; no account id has one"
        : after.EndsWith('-') ? "has a dash before the @; no account id ends with one"
        : before.Length + after.Length >= CloudPrincipal.MaxIdLength ? $"leaves no room for the user: an account id has at most {CloudPrincipal.MaxIdLength} characters"
        : null;

    private static string? ProblemOfDomain(string domain, IReadOnlyList<string> projects) =>
        projects.Any(project => CloudPrincipal.DomainOf(project) == domain) ? null : MustEnd(projects);

    private static string MustEnd(IReadOnlyList<string> projects) =>
        $"must end in @{CloudPrincipal.DomainOf(projects[0])}, or extra_config.allowed_projects must list its project";

    private static bool IsLegal(Rune rune) =>
        rune.IsAscii
            && (char.IsAsciiLetterLower((char)rune.Value) || char.IsAsciiDigit((char)rune.Value) || rune.Value is '-' or '.' or '@');
}
