using Hoop.Shared.Text;

namespace Hoop.Federation.Principals;

/// <summary>The user of a session, as the identity template sees it.</summary>
internal readonly record struct SessionUser(string Email, string Id)
{
    /// <summary>That of a service account's alias; null for everybody else. Equal subjects of two issuers are two users.</summary>
    public string? Mount { get; init; }

    /// <summary>Names the user and no other one of the organization.</summary>
    public string Key => Mount is not null ? Mount + Id : Id.Length > 0 ? Id : Email;

    private const string AccountSuffix = ".gserviceaccount.com";

    /// <summary>
    /// A service account by its own name. It would become itself through <c>{user.email}</c>, and it is nobody's colleague.
    /// </summary>
    public bool IsServiceAccount => IsAccount(Email) || IsAccount(Id);

    private static bool IsAccount(string text) => text.AsSpan().TrimEnd('.').EndsWith(AccountSuffix, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// From a user to the name of a cloud account: <c>{user.email_local}@my-proj.iam.gserviceaccount.com</c>. A closed list of
/// placeholders, at most one of them, so that the values of two cannot run together; one pass, and what a user's value holds is never
/// looked at again.
/// </summary>
internal sealed class PrincipalTemplate
{
    private const int MaxLength = 1024;
    private const string Supported = "{user.email}, {user.email_local}, {user.id}";

    private readonly string _before;
    private readonly string _after;
    private readonly Source _source;

    private PrincipalTemplate(string text, string before, Source source, string after) =>
        (Text, _before, _source, _after) = (text, before, source, after);

    private enum Source
    {
        None,
        Email,
        EmailLocal,
        Id,
    }

    public string Text { get; }

    /// <summary>What stands in front of the placeholder; all of it when there is none.</summary>
    public string Before => _before;

    /// <summary>What stands behind it.</summary>
    public string After => _after;

    /// <summary>The domain of the address is lost, so users of two domains can meet in one principal.</summary>
    public bool DropsDomain => _source == Source.EmailLocal;

    /// <summary>Everybody is the same account.</summary>
    public bool IsConstant => _source == Source.None;

    /// <summary>The whole account comes from the user, who would have to be that account.</summary>
    public bool IsBare => !IsConstant && _before.Length + _after.Length == 0;

    /// <summary>
    /// A template that can lead to a principal, or why it never can: it is refused when it is written, and not when the first user comes.
    /// </summary>
    /// <param name="problem">The end of a sentence that begins with the template, from whoever knows what principals look like.</param>
    public static Result<PrincipalTemplate> Parse(string text, Func<PrincipalTemplate, string?> problem)
    {
        if (text.Length > MaxLength || !Printable.Is(text))
        {
            return Wrong($"must have at most {MaxLength} characters, none of them invisible");
        }

        var parsed = Split(text);
        return parsed.Error is null && problem(parsed.Value) is { } wrong ? Wrong(wrong) : parsed;
    }

    /// <summary>The name for this user. Nothing about its form is promised: <see cref="CloudPrincipal"/> decides that.</summary>
    public Result<string> Render(SessionUser user)
    {
        switch (_source)
        {
            case Source.None:
                return Text;
            case Source.Id:
                return _before + user.Id + _after;
            default:
                return EmailAddress.TryParse(user.Email, out var address)
                    ? _before + (_source == Source.EmailLocal ? address.Local : user.Email) + _after
                    : Error.Invalid(
                        "identity mapping failed: the user's email is not a plain address with one @, so the template cannot use it",
                        "identity_mapping_failed");
        }
    }

    /// <summary>With its braces; empty when there is none.</summary>
    public string Placeholder => _source == Source.None ? "" : Text[_before.Length..^_after.Length];

    private static Result<PrincipalTemplate> Split(string text)
    {
        var open = text.IndexOf('{', StringComparison.Ordinal);
        var close = open < 0 ? -1 : text.IndexOf('}', open);
        if (open < 0 || close < 0)
        {
            return open < 0 ? new PrincipalTemplate(text, text, Source.None, "") : Wrong("has a { that is never closed");
        }

        if (SourceOf(text[open..(close + 1)]) is not { } source)
        {
            return Unknown(text[open..(close + 1)]);
        }

        var after = text[(close + 1)..];
        var second = after.IndexOf('{', StringComparison.Ordinal);
        if (second < 0)
        {
            return new PrincipalTemplate(text, text[..open], source, after);
        }

        var end = after.IndexOf('}', second);
        return end < 0 ? Wrong("has a { that is never closed")
            : SourceOf(after[second..(end + 1)]) is null ? Unknown(after[second..(end + 1)])
            : Wrong("holds more than one placeholder: the values of two could run together, and two users would be one account");
    }

    private static Source? SourceOf(string placeholder) => placeholder switch
    {
        "{user.email}" => Source.Email,
        "{user.email_local}" => Source.EmailLocal,
        "{user.id}" => Source.Id,
        _ => null,
    };

    private static Error Unknown(string placeholder) =>
        Wrong($"contains unknown placeholder {Printable.Word(placeholder)} (supported: {Supported})");

    private static Error Wrong(string problem) => Error.Malformed($"identity target template {problem}");
}
