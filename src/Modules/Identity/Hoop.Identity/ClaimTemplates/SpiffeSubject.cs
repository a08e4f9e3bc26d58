using System.Text.RegularExpressions;

namespace Hoop.Identity.ClaimTemplates;

/// <summary>
/// The <c>sub</c> that a template may give: a SPIFFE ID (SPIFFE-ID section 2) whose trust domain stands in the template, and whose
/// directives each fill a part of one path segment. So no name and no metadata, whoever may write them, leads out of its segment.
/// </summary>
internal sealed partial class SpiffeSubject
{
    private const int MaxLength = 2048;

    private readonly Regex _form;

    private SpiffeSubject(Regex form) => _form = form;

    /// <summary>Null for a text that is no SPIFFE ID, whatever the directives give.</summary>
    /// <param name="sample">With a mark in the place of each directive.</param>
    /// <param name="mark">That character.</param>
    public static SpiffeSubject? Of(string sample, char mark)
    {
        if (!SpiffeId().IsMatch(sample.Replace(mark, 'x')) || !TrustDomain().IsMatch(sample) || HasDots(sample))
        {
            return null;
        }

        var form = string.Join("[A-Za-z0-9._-]+", sample.Split(mark).Select(Regex.Escape));
        return new SpiffeSubject(new Regex($@"^{form}\z", RegexOptions.NonBacktracking));
    }

    /// <summary>Why the filled text is not such an ID, or null.</summary>
    public string? Problem(string subject) =>
        subject.Length > MaxLength ? $"it has more than {MaxLength} characters"
        : !_form.IsMatch(subject) ? "a directive gives what is no part of a path segment: letters, digits, dots, dashes and underscores"
        : HasDots(subject) ? "a path segment of dots alone"
        : null;

    private static bool HasDots(string subject) => subject.Split('/').Any(segment => segment is "." or "..");

    [GeneratedRegex(@"^spiffe://[a-z0-9._-]{1,255}(/[A-Za-z0-9._-]+)*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SpiffeId();

    // Nothing but what the author of the template wrote decides in whose name it speaks.
    [GeneratedRegex(@"^spiffe://[a-z0-9._-]{1,255}(/|\z)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TrustDomain();
}
