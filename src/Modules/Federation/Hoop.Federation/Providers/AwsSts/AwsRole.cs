using System.Text.RegularExpressions;
using Hoop.Federation.Principals;
using Hoop.Shared.Text;

namespace Hoop.Federation.Providers.AwsSts;

/// <summary>The ARN of a role, <c>arn:aws:iam::123456789012:role/analysts</c>, and which templates lead to one.</summary>
internal static partial class AwsRole
{
    private const string Form = "arn:aws:iam::123456789012:role/NAME";

    /// <summary>The end of a sentence that begins with the template, or null.</summary>
    public static string? Problem(PrincipalTemplate template)
    {
        if (template.Placeholder.Length == 0)
        {
            return Arn().IsMatch(template.Text) ? null : $"must be the ARN of a role, {Form}";
        }

        return Head().IsMatch(template.Before) && Tail().IsMatch(template.After)
            ? null
            : $"must be the ARN of a role, {Form}, with the placeholder in the role's name";
    }

    public static Result<Principal> Parse(string text, PrincipalTemplate? template)
    {
        // What comes from a user must not lead into another path.
        var ofUser = template is null ? "" : text[template.Before.Length..^template.After.Length];
        return Arn().IsMatch(text) && !ofUser.Contains('/', StringComparison.Ordinal)
            ? new Principal(text)
            : Error.Invalid(
                $"principal \"{Printable.Line(text, 320).Replace('"', '?')}\" is not the ARN of a role: {Form}, the name 1 to 64 letters, digits and +=,.@_-",
                "principal_invalid");
    }

    [GeneratedRegex(
        @"^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/([A-Za-z0-9+=,.@_-]{1,128}/){0,4}[A-Za-z0-9+=,.@_-]{1,64}\z",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Arn();

    [GeneratedRegex(@"^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Head();

    [GeneratedRegex(@"^[A-Za-z0-9+=,.@_-]*\z", RegexOptions.None, 1000)]
    private static partial Regex Tail();
}
