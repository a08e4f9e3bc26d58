using System.Text;

namespace Hoop.Federation.Principals;

/// <summary>The user of a session, as the identity template sees it.</summary>
internal readonly record struct SessionUser(string Email, string Id);

/// <summary>
/// From a user to the name of a cloud account: <c>{user.email_local}@my-proj.iam.gserviceaccount.com</c>. A closed list of placeholders, one pass from left to
/// right; what a user's value holds is never looked at again.
/// </summary>
internal sealed class PrincipalTemplate
{
    private const int MaxLength = 1024;
    private const string Supported = "{user.email}, {user.email_local}, {user.id}";

    private readonly IReadOnlyList<Part> _parts;

    private PrincipalTemplate(string text, IReadOnlyList<Part> parts) => (Text, _parts) = (text, parts);

    private enum Source
    {
        Literal,
        Email,
        EmailLocal,
        Id,
    }

    public string Text { get; }

    /// <summary>The domain of the address is lost, so users of two domains can meet in one principal.</summary>
    public bool DropsDomain => _parts.Any(part => part.Source == Source.EmailLocal);

    /// <summary>The text after the last placeholder, when it holds the <c>@</c>: then the project is fixed whoever the user is.</summary>
    public string? LiteralDomain =>
        _parts is [.., { Source: Source.Literal } last] && last.Text.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? last.Text[(at + 1)..] : null;

    public static Result<PrincipalTemplate> Parse(string text)
    {
        if (text.Length > MaxLength || text.Any(char.IsControl))
        {
            return Error.Malformed($"identity target template must have at most {MaxLength} characters, none of them a control character");
        }

        var parts = new List<Part>();
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            // A brace that is never closed is an ordinary character.
            var open = rest.IndexOf('{');
            var close = open < 0 ? -1 : rest[open..].IndexOf('}');
            if (close < 0)
            {
                parts.Add(new Part(Source.Literal, rest.ToString()));
                break;
            }

            if (open > 0)
            {
                parts.Add(new Part(Source.Literal, rest[..open].ToString()));
            }

            var placeholder = rest.Slice(open, close + 1).ToString();
            if (SourceOf(placeholder) is not { } source)
            {
                return Error.Malformed($"identity target template contains unknown placeholder {placeholder} (supported: {Supported})");
            }

            parts.Add(new Part(source, placeholder));
            rest = rest[(open + close + 1)..];
        }

        return new PrincipalTemplate(text, parts);
    }

    /// <summary>The name for this user. Nothing about its form is promised: <see cref="CloudPrincipal"/> decides that.</summary>
    public Result<string> Render(SessionUser user)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            switch (part.Source)
            {
                case Source.Literal:
                    text.Append(part.Text);
                    break;
                case Source.Id:
                    text.Append(user.Id);
                    break;
                default:
                    if (!EmailAddress.TryParse(user.Email, out var address))
                    {
                        return Error.Invalid("identity mapping failed: the user's email is no plain address with one @, so the template cannot use it", "identity_mapping_failed");
                    }

                    text.Append(part.Source == Source.EmailLocal ? address.Local : user.Email);
                    break;
            }
        }

        return text.Length > 0
            ? text.ToString()
            : Error.Invalid($"identity mapping failed: identity target template \"{Text}\" rendered to empty principal", "identity_mapping_failed");
    }

    private static Source? SourceOf(string placeholder) => placeholder switch
    {
        "{user.email}" => Source.Email,
        "{user.email_local}" => Source.EmailLocal,
        "{user.id}" => Source.Id,
        _ => null,
    };

    private readonly record struct Part(Source Source, string Text);
}
